/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Content as text or as parts: exactly one of the two. */
export type ContentInput =
  {   /** Part by part. */
  parts: Array<ContentPartInput>; text?: never; }
  |  { parts?: never;   /** Just text. */
  text: string; };

/** One part of a message or of a tool’s output: exactly one of these. */
export type ContentPartInput =
  {   /** A file for the model. */
  file: InputFileInput; image?: never; json?: never; outputText?: never; refusal?: never; text?: never; }
  |  { file?: never;   /** An image for the model. */
  image: InputImageInput; json?: never; outputText?: never; refusal?: never; text?: never; }
  |  { file?: never; image?: never;   /** A part of any other kind, in the API’s own spelling. */
  json: unknown; outputText?: never; refusal?: never; text?: never; }
  |  { file?: never; image?: never; json?: never;   /** Text the model said, in a message of the assistant. */
  outputText: string; refusal?: never; text?: never; }
  |  { file?: never; image?: never; json?: never; outputText?: never;   /** A refusal by the model, in a message of the assistant. */
  refusal: string; text?: never; }
  |  { file?: never; image?: never; json?: never; outputText?: never; refusal?: never;   /** Text for the model. */
  text: string; };

/** What to ask, of which model, and how. The same settings as on the REST door. */
export type CreateResponseInput = {
  /** Return at once and run on even if nobody follows. Needs `store`. */
  background?: boolean | null | undefined;
  /** Run in this conversation: its items go in front, input and output are appended at the end. */
  conversationId?: string | null | undefined;
  /** Aversion to words that were used often, -2 to 2. Default 0. */
  frequencyPenalty?: number | null | undefined;
  /** Further things to show, such as `file_search_call.results`. */
  include?: Array<string> | null | undefined;
  /** What the model is asked. */
  input?: ResponseInputValue | null | undefined;
  /** System text in front of the context. */
  instructions?: string | null | undefined;
  /** Most tokens the model may write, thoughts included. At least 16. */
  maxOutputTokens?: number | null | undefined;
  /** Most calls of tools that the server runs. */
  maxToolCalls?: number | null | undefined;
  /** Up to 16 keys (of 64 characters) with text values (of 512). */
  metadata?: unknown;
  /** Name of the model. May come from the prompt instead. */
  model?: string | null | undefined;
  /** Whether the model may call several tools at once. Default true. */
  parallelToolCalls?: boolean | null | undefined;
  /** Aversion to words that were used already, -2 to 2. Default 0. */
  presencePenalty?: number | null | undefined;
  /** Continue from this stored response. Not together with `conversationId`. */
  previousResponseId?: string | null | undefined;
  /** Use a prompt’s instructions, model, temperature and tools. */
  prompt?: PromptReferenceInput | null | undefined;
  /** Groups requests that share a beginning, for the upstream’s cache. */
  promptCacheKey?: string | null | undefined;
  /** How a reasoning model should think. */
  reasoning?: ReasoningInput | null | undefined;
  /** Stable id of the end user for abuse checks, hashed by the application. */
  safetyIdentifier?: string | null | undefined;
  /** The upstream’s processing class. Default `AUTO`. */
  serviceTier?: ServiceTier | null | undefined;
  /** Keep the response, so that it can be read and continued. */
  store?: boolean | null | undefined;
  /** Return at once and keep every event: follow the run with `responseEvents`. */
  stream?: boolean | null | undefined;
  /** How freely the model chooses its words, 0 to 2. Default 1. */
  temperature?: number | null | undefined;
  /** How the answer’s text should be. */
  text?: TextInput | null | undefined;
  /** Whether the model may, or has to, call a tool. */
  toolChoice?: ToolChoiceInput | null | undefined;
  /** What the model may call; instead of the prompt’s tools. */
  tools?: Array<ToolInput> | null | undefined;
  /** How many likely tokens to list per token, 0 to 20. */
  topLogprobs?: number | null | undefined;
  /** Choose among the likeliest tokens of this total probability, 0 to 1. Default 1. */
  topP?: number | null | undefined;
  /** What happens when the context is too long. Default `DISABLED`. */
  truncation?: Truncation | null | undefined;
  /** Older name of what `safetyIdentifier` and `promptCacheKey` do. */
  user?: string | null | undefined;
};

/** Lets the model look things up in vector stores. */
export type FileSearchToolInput = {
  /** Conditions on file attributes, in the API’s own spelling. */
  filters?: unknown;
  /** Most passages per search, 1 to 50. Default 20. */
  maxNumResults?: number | null | undefined;
  /** How passages are ranked, in the API’s own spelling. */
  rankingOptions?: unknown;
  /** Stores to search; without it all of the project. */
  vectorStoreIds?: Array<string> | null | undefined;
};

/** A function call the model made earlier. */
export type FunctionCallInput = {
  /** Arguments as JSON text. */
  arguments: string;
  /** Pairs the call with its output. */
  callId: string;
  /** Name of the function. */
  name: string;
};

/** What a function that the model called gave back. */
export type FunctionCallOutputInput = {
  /** `callId` of the call this answers. */
  callId: string;
  /** The output; often JSON as text. */
  output: ContentInput;
};

/** A function of the client that the model may ask for. */
export type FunctionToolInput = {
  /** What it does, for the model. */
  description?: string | null | undefined;
  /** Name by which the model calls it: letters, digits, `_` and `-`, at most 64. */
  name: string;
  /** JSON Schema of its arguments. */
  parameters?: unknown;
  /** Whether arguments must follow the schema exactly. Default true. */
  strict?: boolean | null | undefined;
};

/** A file for the model: by id, by address or as data. */
export type InputFileInput = {
  /** The file itself, as a data URL. */
  fileData?: string | null | undefined;
  /** Id of an uploaded file. */
  fileId?: string | null | undefined;
  /** Address of the file. */
  fileUrl?: string | null | undefined;
  /** Name of the file. */
  filename?: string | null | undefined;
};

/** An image for the model: by address or by file id. */
export type InputImageInput = {
  /** How closely the model should look: `auto`, `low` or `high`. */
  detail?: string | null | undefined;
  /** Id of an uploaded image. */
  fileId?: string | null | undefined;
  /** Address or data URL of the image. */
  imageUrl?: string | null | undefined;
};

/** One entry of a context: exactly one of these. */
export type InputItem =
  {   /** A function call the model made earlier. */
  functionCall: FunctionCallInput; functionCallOutput?: never; itemReference?: never; json?: never; message?: never; }
  |  { functionCall?: never;   /** What a function that the model called gave back. */
  functionCallOutput: FunctionCallOutputInput; itemReference?: never; json?: never; message?: never; }
  |  { functionCall?: never; functionCallOutput?: never;   /** Id of an item that exists already; it is put in here. */
  itemReference: string; json?: never; message?: never; }
  |  { functionCall?: never; functionCallOutput?: never; itemReference?: never;   /** An item of any other kind, in the API’s own spelling. */
  json: unknown; message?: never; }
  |  { functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never;   /** Something that is said. */
  message: MessageInput; };

/** Asks for JSON that follows a schema. */
export type JsonSchemaFormatInput = {
  /** What the schema is for, for the model. */
  description?: string | null | undefined;
  /** Name of the schema: letters, digits, `_` and `-`, at most 64. */
  name: string;
  /** The JSON Schema. */
  schema: unknown;
  /** Whether the answer must follow it exactly. */
  strict?: boolean | null | undefined;
};

/** Something that is said. */
export type MessageInput = {
  /** What is said. */
  content: ContentInput;
  /** Who says it. */
  role?: MessageRole;
};

/** Who speaks in a message. */
export type MessageRole =
  /** The model. */
  | 'ASSISTANT'
  /** Instructions by the application; newer models’ name for system messages. */
  | 'DEVELOPER'
  /** Instructions that stand above the conversation. */
  | 'SYSTEM'
  /** The person asking. */
  | 'USER';

/** A prompt to use. */
export type PromptReferenceInput = {
  /** Id or name of the prompt. */
  id: string;
  /** Values of the prompt’s variables, by name. */
  variables?: unknown;
  /** Version to use. Default: the current one. */
  version?: number | null | undefined;
};

/** How much a reasoning model should think first. */
export type ReasoningEffort =
  /** A lot. */
  | 'HIGH'
  /** A little. */
  | 'LOW'
  /** As much as it can. */
  | 'MAX'
  /** As usual. */
  | 'MEDIUM'
  /** As little as it can. */
  | 'MINIMAL'
  /** Not at all. */
  | 'NONE'
  /** More than a lot. */
  | 'XHIGH';

/** How a reasoning model should think. */
export type ReasoningInput = {
  /** How much. Default: the model’s own. */
  effort?: ReasoningEffort | null | undefined;
  /** Whether and how thoughts are summed up. */
  summary?: ReasoningSummary | null | undefined;
};

/** Whether and how reasoning is summed up. */
export type ReasoningSummary =
  /** As the model does it. */
  | 'AUTO'
  /** Briefly. */
  | 'CONCISE'
  /** In detail. */
  | 'DETAILED';

/** What the model is asked: exactly one of the two. */
export type ResponseInputValue =
  {   /** Messages, tool outputs and other items, in order. */
  items: Array<InputItem>; text?: never; }
  |  { items?: never;   /** One message of the user. */
  text: string; };

/** How far a response has come. */
export type ResponseStatus =
  /** Stopped by a client, or left by everyone. What was said before is there. */
  | 'CANCELLED'
  /** Ended, with everything the model had to say. */
  | 'COMPLETED'
  /** Ended by a fault; `error` says which. What was said before is there. */
  | 'FAILED'
  /** Ended early; `incompleteReason` says why. What was said is there. */
  | 'INCOMPLETE'
  /** The model or a tool is at work. */
  | 'IN_PROGRESS'
  /** Created in the background; the model has not begun yet. */
  | 'QUEUED';

/** How much of what a search finds reaches the model. */
export type SearchContextSize =
  /** Much. */
  | 'HIGH'
  /** Little. */
  | 'LOW'
  /** As usual. */
  | 'MEDIUM';

/** The upstream’s processing class. */
export type ServiceTier =
  /** As the upstream’s project settings say. */
  | 'AUTO'
  /** Standard. */
  | 'DEFAULT'
  /** Faster. */
  | 'FAST'
  /** Cheaper and slower. */
  | 'FLEX'
  /** Faster and dearer. */
  | 'PRIORITY'
  /** Reserved capacity. */
  | 'SCALE'
  /** Fastest. */
  | 'ULTRAFAST';

/** The form of the answer’s text: exactly one of the two. */
export type TextFormatInput =
  {   /** JSON that follows a schema. */
  jsonSchema: JsonSchemaFormatInput; mode?: never; }
  |  { jsonSchema?: never;   /** Plain text, or some JSON object. */
  mode: TextFormatMode; };

/** The form of the answer’s text, when no schema is given. */
export type TextFormatMode =
  /** Some JSON object. */
  | 'JSON_OBJECT'
  /** Plain text. */
  | 'TEXT';

/** How the answer’s text should be. */
export type TextInput = {
  /** Its form. Default plain text. */
  format?: TextFormatInput | null | undefined;
  /** Its length. Default `MEDIUM`. */
  verbosity?: TextVerbosity | null | undefined;
};

/** How much the model should say. */
export type TextVerbosity =
  /** At length. */
  | 'HIGH'
  /** Terse. */
  | 'LOW'
  /** As usual. */
  | 'MEDIUM';

/** Whether the model may, or has to, call a tool: exactly one of these. */
export type ToolChoiceInput =
  {   /** This function and no other. */
  function: string; json?: never; mode?: never; }
  |  { function?: never;   /** Any other choice, in the API’s own spelling. */
  json: unknown; mode?: never; }
  |  { function?: never; json?: never;   /** Any tool, or none. */
  mode: ToolChoiceMode; };

/** Whether the model may call tools. */
export type ToolChoiceMode =
  /** It decides by itself. */
  | 'AUTO'
  /** It may not. */
  | 'NONE'
  /** It has to call at least one. */
  | 'REQUIRED';

/** Something the model may call: exactly one of these. */
export type ToolInput =
  {   /** Search in vector stores. `{}` takes the defaults. */
  fileSearch: FileSearchToolInput; function?: never; json?: never; webSearch?: never; }
  |  { fileSearch?: never;   /** A function of the client. */
  function: FunctionToolInput; json?: never; webSearch?: never; }
  |  { fileSearch?: never; function?: never;   /** A tool of any other kind, in the API’s own spelling. */
  json: unknown; webSearch?: never; }
  |  { fileSearch?: never; function?: never; json?: never;   /** Search in the web. `{}` takes the defaults. */
  webSearch: WebSearchToolInput; };

/** What happens when the context is too long for the model. */
export type Truncation =
  /** The oldest items are left out. */
  | 'AUTO'
  /** The request is refused. */
  | 'DISABLED';

/** Lets the model search the web. */
export type WebSearchToolInput = {
  /** Which sites count, in the API’s own spelling. */
  filters?: unknown;
  /** How much of what is found reaches the model. */
  searchContextSize?: SearchContextSize | null | undefined;
  /** Where the user is, in the API’s own spelling. */
  userLocation?: unknown;
};

export type StartChainMutationVariables = Exact<{
  text?: string;
  model?: string | null | undefined;
}>;


export type StartChainMutation = { createResponse: { response: { id: string, outputText: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ContinueChainMutationVariables = Exact<{
  previousResponseId: string;
  text?: string;
  model?: string | null | undefined;
}>;


export type ContinueChainMutation = { createResponse: { response: { id: string, outputText: string, previousResponse: { id: string } | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type CreateConversationMutationVariables = Exact<{
  metadata?: unknown;
}>;


export type CreateConversationMutation = { createConversation: { conversation: { id: string, createdAt: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type AskInConversationMutationVariables = Exact<{
  conversationId: string;
  text?: string;
  model?: string | null | undefined;
}>;


export type AskInConversationMutation = { createResponse: { response: { id: string, outputText: string, conversation: { id: string } | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ReadConversationQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ReadConversationQuery = { conversation: { id: string, metadata: unknown, items: { nodes: Array<
        | { __typename: 'FileSearchCall', id: string, type: string, status: string | null }
        | { __typename: 'FunctionCall', id: string, type: string, status: string | null }
        | { __typename: 'FunctionCallOutput', id: string, type: string, status: string | null }
        | { __typename: 'ItemReference', id: string, type: string, status: string | null }
        | { __typename: 'Message', id: string, type: string, status: string | null }
        | { __typename: 'OtherItem', id: string, type: string, status: string | null }
        | { __typename: 'Reasoning', id: string, type: string, status: string | null }
        | { __typename: 'WebSearchCall', id: string, type: string, status: string | null }
      >, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, responses: { nodes: Array<{ id: string, status: ResponseStatus, outputText: string }> } } | null };

export type FirstAnswerMutationVariables = Exact<{
  text?: string;
  model?: string | null | undefined;
}>;


export type FirstAnswerMutation = { createResponse: { response: { id: string, status: ResponseStatus, model: string, outputText: string, usage: { inputTokens: number, outputTokens: number, totalTokens: number } | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ListResponsesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListResponsesQuery = { responses: { nodes: Array<{ id: string, status: ResponseStatus, model: string, createdAt: string, outputText: string, conversation: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ListEverythingElseQueryVariables = Exact<{
  first?: number | null | undefined;
}>;


export type ListEverythingElseQuery = { models: Array<{ id: string }>, conversations: { nodes: Array<{ id: string, createdAt: string }> }, prompts: { nodes: Array<{ id: string, name: string, version: number }> } };

export type CreatePromptMutationVariables = Exact<{
  name?: string;
  instructions?: string;
  model?: string | null | undefined;
}>;


export type CreatePromptMutation = { createPrompt: { prompt: { id: string, name: string, version: number } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type AskPromptMutationVariables = Exact<{
  prompt?: string;
  variables?: unknown;
  text?: string;
}>;


export type AskPromptMutation = { createResponse: { response: { id: string, outputText: string, promptVersion: number | null, prompt: { id: string, name: string } | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type StartStreamMutationVariables = Exact<{
  text?: string;
  model?: string | null | undefined;
}>;


export type StartStreamMutation = { createResponse: { response: { id: string, status: ResponseStatus } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type FollowStreamSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type FollowStreamSubscription = { responseEvents:
    | { __typename: 'ContentPartAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'ContentPartDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallSearchingEvent', type: string, sequenceNumber: number }
    | { __typename: 'FunctionCallArgumentsDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'FunctionCallArgumentsDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'OtherResponseEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputItemAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputItemDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputTextAnnotationAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputTextDeltaEvent', delta: string, type: string, sequenceNumber: number }
    | { __typename: 'OutputTextDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningTextDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningTextDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'RefusalDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'RefusalDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'ResponseCompletedEvent', type: string, sequenceNumber: number, response: { status: ResponseStatus, outputText: string, usage: { totalTokens: number } | null } }
    | { __typename: 'ResponseCreatedEvent', type: string, sequenceNumber: number, response: { id: string, status: ResponseStatus } }
    | { __typename: 'ResponseFailedEvent', type: string, sequenceNumber: number, response: { status: ResponseStatus, error: { code: string, message: string } | null } }
    | { __typename: 'ResponseInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'ResponseIncompleteEvent', type: string, sequenceNumber: number }
    | { __typename: 'ResponseQueuedEvent', type: string, sequenceNumber: number }
    | { __typename: 'WebSearchCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'WebSearchCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'WebSearchCallSearchingEvent', type: string, sequenceNumber: number }
   };

export type CreateMutationVariables = Exact<{
  input: CreateResponseInput;
}>;


export type CreateMutation = { createResponse: { response: { id: string, status: ResponseStatus, model: string, createdAt: string, completedAt: string | null, outputText: string, instructions: string | null, incompleteReason: string | null, promptVersion: number | null, metadata: unknown, background: boolean, store: boolean, usage: { inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number, totalTokens: number } | null, error: { code: string, message: string } | null, previousResponse: { id: string } | null, output: Array<
        | { __typename: 'FileSearchCall', queries: Array<string>, id: string, type: string, status: string | null, results: Array<{ fileId: string | null }> | null }
        | { __typename: 'FunctionCall', callId: string, name: string, arguments: string, id: string, type: string, status: string | null }
        | { __typename: 'FunctionCallOutput', id: string, type: string, status: string | null }
        | { __typename: 'ItemReference', id: string, type: string, status: string | null }
        | { __typename: 'Message', role: MessageRole, text: string, id: string, type: string, status: string | null, content: Array<
            | { __typename: 'InputFile', type: string }
            | { __typename: 'InputImage', type: string }
            | { __typename: 'InputText', type: string }
            | { __typename: 'OtherContentPart', type: string }
            | { __typename: 'OutputText', text: string, type: string, annotations: Array<
                | { type: string }
                | { type: string }
                | { type: string }
              > }
            | { __typename: 'ReasoningText', type: string }
            | { __typename: 'Refusal', refusal: string, type: string }
            | { __typename: 'SummaryText', type: string }
          > }
        | { __typename: 'OtherItem', id: string, type: string, status: string | null }
        | { __typename: 'Reasoning', id: string, type: string, status: string | null, summary: Array<{ text: string }>, content: Array<
            | { text: string }
            | Record<PropertyKey, never>
          > }
        | { __typename: 'WebSearchCall', id: string, type: string, status: string | null, action: { type: string, query: string | null } | null }
      >, inputItems: { nodes: Array<
          | { __typename: 'FileSearchCall' }
          | { __typename: 'FunctionCall' }
          | { __typename: 'FunctionCallOutput', callId: string, output: string }
          | { __typename: 'ItemReference' }
          | { __typename: 'Message', role: MessageRole, text: string }
          | { __typename: 'OtherItem' }
          | { __typename: 'Reasoning' }
          | { __typename: 'WebSearchCall' }
        > } } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };


export const StartChainDocument = {"__meta__":{"hash":"sha256:4e970d1581ebe0057c21e27377a75d315f9a058fd74900a64ec0e02e105638b4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StartChain"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"My name is Alice.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StartChainMutation, StartChainMutationVariables>;
export const ContinueChainDocument = {"__meta__":{"hash":"sha256:3dbeaf18189f36e228be658e39ede9fd9d65506d01c61793d7af7a4e821be8a8"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ContinueChain"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"previousResponseId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"What is my name?","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"previousResponseId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"previousResponseId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"previousResponse"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ContinueChainMutation, ContinueChainMutationVariables>;
export const CreateConversationDocument = {"__meta__":{"hash":"sha256:dad9fffe04d8bf1cea4017f7aa1c379180bbda60ce73c16b10f29e245f051f82"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metadata"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createConversation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metadata"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metadata"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateConversationMutation, CreateConversationMutationVariables>;
export const AskInConversationDocument = {"__meta__":{"hash":"sha256:a87aaa63117e45bfd9f7b51cfcce5efaa98e400e4af4c1173879ad0e83604c7b"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskInConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"conversationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"My name is Alice.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"conversationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"conversationId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskInConversationMutation, AskInConversationMutationVariables>;
export const ReadConversationDocument = {"__meta__":{"hash":"sha256:ef3f67dd00838c0e47b460cfb5ed9fdf1cb4d885ac636e6ff454408032679e0e"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"responses"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadConversationQuery, ReadConversationQueryVariables>;
export const FirstAnswerDocument = {"__meta__":{"hash":"sha256:8612fb59489986fa08a484b48b112cf61fcb79c64f30fb38e0f76d448bd5bb99"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FirstAnswer"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"What is 12 * (3 + 4)?","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"totalTokens"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<FirstAnswerMutation, FirstAnswerMutationVariables>;
export const ListResponsesDocument = {"__meta__":{"hash":"sha256:279a397ad6a695ffc9a17f173041b0e82e188a8e4c8a2133988938c13a63100c"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListResponses"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responses"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ListResponsesQuery, ListResponsesQueryVariables>;
export const ListEverythingElseDocument = {"__meta__":{"hash":"sha256:8a740d07adbb28df65ddfa947b6f7e045bfe347b0904edf218345c90fd389c8d"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListEverythingElse"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"models"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"conversations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"prompts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]}}]} as unknown as DocumentNode<ListEverythingElseQuery, ListEverythingElseQueryVariables>;
export const CreatePromptDocument = {"__meta__":{"hash":"sha256:7a56d63bda405416e073ba8467723c436a0cefdaf939ba05e996ab77be57cdd7"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreatePrompt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"You greet people from {{place}} politely.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createPrompt"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"instructions"},"value":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreatePromptMutation, CreatePromptMutationVariables>;
export const AskPromptDocument = {"__meta__":{"hash":"sha256:9ef0084efc38902accc0ae13824aaff420ba23b70f601dc5eadd2dd4316d12c6"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskPrompt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"variables"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"place"},"value":{"kind":"StringValue","value":"Lisbon","block":false}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Hello!","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"prompt"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"variables"},"value":{"kind":"Variable","name":{"kind":"Name","value":"variables"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"promptVersion"}},{"kind":"Field","name":{"kind":"Name","value":"prompt"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskPromptMutation, AskPromptMutationVariables>;
export const StartStreamDocument = {"__meta__":{"hash":"sha256:d8de3f1d72d28ad65bff4d94a8ad1497796a8fa586a6f4ecef4a391fbb7d4370"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StartStream"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Count from 1 to 50.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"stream"},"value":{"kind":"BooleanValue","value":true}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StartStreamMutation, StartStreamMutationVariables>;
export const FollowStreamDocument = {"__meta__":{"hash":"sha256:a90bb4b5a94f32e5933302af89baa56fbc2e1a6975840db00e1020d62512e2fb"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowStream"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"sequenceNumber"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseCreatedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputTextDeltaEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseCompletedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalTokens"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseFailedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<FollowStreamSubscription, FollowStreamSubscriptionVariables>;
export const CreateDocument = {"__meta__":{"hash":"sha256:f528d0b973a3880b106c25cf3bd5c86d8e44655ea30e372ec62db881b65df4f3"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Create"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateResponseInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"completedAt"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"instructions"}},{"kind":"Field","name":{"kind":"Name","value":"incompleteReason"}},{"kind":"Field","name":{"kind":"Name","value":"promptVersion"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"background"}},{"kind":"Field","name":{"kind":"Name","value":"store"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"cachedInputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"reasoningTokens"}},{"kind":"Field","name":{"kind":"Name","value":"totalTokens"}}]}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"previousResponse"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"output"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Message"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"content"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputText"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"annotations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"refusal"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FunctionCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"callId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"arguments"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FileSearchCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"queries"}},{"kind":"Field","name":{"kind":"Name","value":"results"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fileId"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebSearchCall"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"action"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"query"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reasoning"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"summary"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}}]}},{"kind":"Field","name":{"kind":"Name","value":"content"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ReasoningText"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"inputItems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Message"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FunctionCallOutput"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"callId"}},{"kind":"Field","name":{"kind":"Name","value":"output"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateMutation, CreateMutationVariables>;