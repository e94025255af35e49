import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query ChatConversation($id: ID!) {\n    conversation(id: $id) {\n      id\n      responses(first: 50) {\n        nodes {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n\n  fragment ChatTurn on Response {\n    id\n    status\n    outputText\n    error {\n      message\n    }\n    inputItems(first: 10) {\n      nodes {\n        id\n        ... on Message {\n          text\n        }\n      }\n    }\n  }\n": typeof types.ChatConversationDocument,
    "\n  subscription ChatFollow($id: ID!, $after: String) {\n    conversationEvents(id: $id, after: $after) {\n      cursor\n      ... on ConversationResponseStartedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n      ... on ConversationResponseEvent {\n        responseId\n        event {\n          ... on OutputTextDeltaEvent {\n            delta\n          }\n        }\n      }\n      ... on ConversationResponseEndedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n": typeof types.ChatFollowDocument,
    "\n  mutation ChatStart {\n    createConversation(input: {}) {\n      conversation {\n        id\n      }\n      userErrors {\n        message\n      }\n    }\n  }\n": typeof types.ChatStartDocument,
    "\n  mutation ChatAsk($conversationId: ID!, $model: String!, $text: String!) {\n    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {\n      userErrors {\n        message\n      }\n    }\n  }\n": typeof types.ChatAskDocument,
};
const documents: Documents = {
    "\n  query ChatConversation($id: ID!) {\n    conversation(id: $id) {\n      id\n      responses(first: 50) {\n        nodes {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n\n  fragment ChatTurn on Response {\n    id\n    status\n    outputText\n    error {\n      message\n    }\n    inputItems(first: 10) {\n      nodes {\n        id\n        ... on Message {\n          text\n        }\n      }\n    }\n  }\n": types.ChatConversationDocument,
    "\n  subscription ChatFollow($id: ID!, $after: String) {\n    conversationEvents(id: $id, after: $after) {\n      cursor\n      ... on ConversationResponseStartedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n      ... on ConversationResponseEvent {\n        responseId\n        event {\n          ... on OutputTextDeltaEvent {\n            delta\n          }\n        }\n      }\n      ... on ConversationResponseEndedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n": types.ChatFollowDocument,
    "\n  mutation ChatStart {\n    createConversation(input: {}) {\n      conversation {\n        id\n      }\n      userErrors {\n        message\n      }\n    }\n  }\n": types.ChatStartDocument,
    "\n  mutation ChatAsk($conversationId: ID!, $model: String!, $text: String!) {\n    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {\n      userErrors {\n        message\n      }\n    }\n  }\n": types.ChatAskDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChatConversation($id: ID!) {\n    conversation(id: $id) {\n      id\n      responses(first: 50) {\n        nodes {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n\n  fragment ChatTurn on Response {\n    id\n    status\n    outputText\n    error {\n      message\n    }\n    inputItems(first: 10) {\n      nodes {\n        id\n        ... on Message {\n          text\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChatConversation($id: ID!) {\n    conversation(id: $id) {\n      id\n      responses(first: 50) {\n        nodes {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n\n  fragment ChatTurn on Response {\n    id\n    status\n    outputText\n    error {\n      message\n    }\n    inputItems(first: 10) {\n      nodes {\n        id\n        ... on Message {\n          text\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ChatFollow($id: ID!, $after: String) {\n    conversationEvents(id: $id, after: $after) {\n      cursor\n      ... on ConversationResponseStartedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n      ... on ConversationResponseEvent {\n        responseId\n        event {\n          ... on OutputTextDeltaEvent {\n            delta\n          }\n        }\n      }\n      ... on ConversationResponseEndedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription ChatFollow($id: ID!, $after: String) {\n    conversationEvents(id: $id, after: $after) {\n      cursor\n      ... on ConversationResponseStartedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n      ... on ConversationResponseEvent {\n        responseId\n        event {\n          ... on OutputTextDeltaEvent {\n            delta\n          }\n        }\n      }\n      ... on ConversationResponseEndedEvent {\n        response {\n          ...ChatTurn\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChatStart {\n    createConversation(input: {}) {\n      conversation {\n        id\n      }\n      userErrors {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ChatStart {\n    createConversation(input: {}) {\n      conversation {\n        id\n      }\n      userErrors {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChatAsk($conversationId: ID!, $model: String!, $text: String!) {\n    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {\n      userErrors {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ChatAsk($conversationId: ID!, $model: String!, $text: String!) {\n    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {\n      userErrors {\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;