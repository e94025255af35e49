/** The names that clients type, as they were promised: what is here may be added to, never changed. */
export const PINNED = `
  scalar JSON
  scalar DateTime

  type Query {
    viewer: Viewer!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    response(id: ID!): Response
    responses(first: Int, after: String, last: Int, before: String, filter: ResponseFilter, order: CreationOrder): ResponseConnection!
    conversation(id: ID!): Conversation
    conversations(first: Int, after: String, last: Int, before: String): ConversationConnection!
    prompt(by: PromptBy!): Prompt
    prompts(first: Int, after: String, last: Int, before: String): PromptConnection!
    models: [Model!]!
  }

  type Mutation {
    createResponse(input: CreateResponseInput!): CreateResponsePayload!
    cancelResponse(id: ID!): CancelResponsePayload!
    deleteResponse(id: ID!): DeleteResponsePayload!
    createConversation(input: CreateConversationInput!): CreateConversationPayload!
    updateConversation(input: UpdateConversationInput!): UpdateConversationPayload!
    deleteConversation(id: ID!): DeleteConversationPayload!
    addConversationItems(input: AddConversationItemsInput!): AddConversationItemsPayload!
    deleteConversationItem(conversationId: ID!, itemId: ID!): DeleteConversationItemPayload!
    createPrompt(input: CreatePromptInput!): CreatePromptPayload!
    updatePrompt(input: UpdatePromptInput!): UpdatePromptPayload!
    deletePrompt(id: ID!): DeletePromptPayload!
  }

  type Subscription {
    responseEvents(id: ID!, after: Int): ResponseEvent!
  }

  interface Node {
    id: ID!
  }

  type Viewer {
    key: ApiKey!
    project: Project!
    budgets: [Budget!]!
  }
  type ApiKey implements Node {
    id: ID!
  }
  type Project implements Node {
    id: ID!
  }
  type Budget implements Node {
    id: ID!
  }
  type Model {
    id: ID!
  }

  type UserError {
    code: String!
    field: String
    message: String!
  }
  type CreateResponsePayload {
    response: Response
    userErrors: [UserError!]!
  }
  type CancelResponsePayload {
    response: Response
    userErrors: [UserError!]!
  }
  type DeleteResponsePayload {
    deletedId: ID
    userErrors: [UserError!]!
  }
  type CreateConversationPayload {
    conversation: Conversation
    userErrors: [UserError!]!
  }
  type UpdateConversationPayload {
    conversation: Conversation
    userErrors: [UserError!]!
  }
  type DeleteConversationPayload {
    deletedId: ID
    userErrors: [UserError!]!
  }
  type AddConversationItemsPayload {
    conversation: Conversation
    items: [Item!]!
    userErrors: [UserError!]!
  }
  type DeleteConversationItemPayload {
    conversation: Conversation
    deletedId: ID
    userErrors: [UserError!]!
  }
  type CreatePromptPayload {
    prompt: Prompt
    userErrors: [UserError!]!
  }
  type UpdatePromptPayload {
    prompt: Prompt
    userErrors: [UserError!]!
  }
  type DeletePromptPayload {
    deletedId: ID
    userErrors: [UserError!]!
  }

  type PageInfo {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  type ResponseConnection {
    edges: [ResponseEdge!]!
    nodes: [Response!]!
    pageInfo: PageInfo!
  }
  type ResponseEdge {
    cursor: String!
    node: Response!
  }
  type ConversationConnection {
    edges: [ConversationEdge!]!
    nodes: [Conversation!]!
    pageInfo: PageInfo!
  }
  type ConversationEdge {
    cursor: String!
    node: Conversation!
  }
  type PromptConnection {
    edges: [PromptEdge!]!
    nodes: [Prompt!]!
    pageInfo: PageInfo!
  }
  type PromptEdge {
    cursor: String!
    node: Prompt!
  }
  type ItemConnection {
    edges: [ItemEdge!]!
    nodes: [Item!]!
    pageInfo: PageInfo!
  }
  type ItemEdge {
    cursor: String!
    node: Item!
  }
  type PromptVersionConnection {
    edges: [PromptVersionEdge!]!
    nodes: [PromptVersion!]!
    pageInfo: PageInfo!
  }
  type PromptVersionEdge {
    cursor: String!
    node: PromptVersion!
  }
  type PromptVersion implements Node {
    id: ID!
    version: Int!
  }

  type Response implements Node {
    id: ID!
    status: ResponseStatus!
    model: String!
    createdAt: DateTime!
    completedAt: DateTime
    outputText: String!
    instructions: String
    output: [Item!]!
    inputItems(first: Int, after: String): ItemConnection!
    usage: Usage
    error: ResponseError
    incompleteReason: String
    previousResponse: Response
    conversation: Conversation
    prompt: Prompt
    promptVersion: Int
    metadata: JSON
    background: Boolean!
    store: Boolean!
  }
  enum ResponseStatus {
    QUEUED
    IN_PROGRESS
    COMPLETED
    INCOMPLETE
    FAILED
    CANCELLED
  }
  type ResponseError {
    code: String!
    message: String!
  }
  type Usage {
    inputTokens: Int!
    cachedInputTokens: Int!
    outputTokens: Int!
    reasoningTokens: Int!
    totalTokens: Int!
  }
  type Conversation implements Node {
    id: ID!
    createdAt: DateTime!
    metadata: JSON
    items(first: Int, after: String, last: Int, before: String): ItemConnection!
    responses(first: Int, after: String): ResponseConnection!
  }
  type Prompt implements Node {
    id: ID!
    name: String!
    displayName: String
    instructions: String
    model: String
    temperature: Float
    tools: [Tool!]!
    variables: JSON
    version: Int!
    versions(first: Int, after: String): PromptVersionConnection!
  }
  interface Tool {
    type: String!
  }

  input CreateResponseInput {
    model: String
    input: ResponseInputValue
    instructions: String
    previousResponseId: ID
    conversationId: ID
    prompt: PromptReferenceInput
    tools: [ToolInput!]
    toolChoice: ToolChoiceInput
    store: Boolean = true
    stream: Boolean = false
    background: Boolean = false
    maxOutputTokens: Int
    temperature: Float
    topP: Float
    metadata: JSON
  }
  input ResponseInputValue @oneOf {
    text: String
    items: [InputItem!]
  }
  input InputItem @oneOf {
    json: JSON
  }
  input ToolInput @oneOf {
    json: JSON
  }
  input ToolChoiceInput @oneOf {
    json: JSON
  }
  input PromptReferenceInput {
    id: ID!
    version: Int
    variables: JSON
  }
  input PromptBy @oneOf {
    id: ID
    name: String
  }
  enum CreationOrder { NEWEST_FIRST OLDEST_FIRST }
  input ResponseFilter {
    status: ResponseStatus
  }
  input CreateConversationInput {
    items: [InputItem!]
    metadata: JSON
  }
  input UpdateConversationInput {
    id: ID!
    metadata: JSON
  }
  input AddConversationItemsInput {
    conversationId: ID!
    items: [InputItem!]!
  }
  input CreatePromptInput {
    name: String!
    displayName: String
    instructions: String
    model: String
    temperature: Float
    tools: [ToolInput!]
    variables: JSON
    metadata: JSON
  }
  input UpdatePromptInput {
    id: ID!
    name: String
    displayName: String
    instructions: String
    model: String
    temperature: Float
    tools: [ToolInput!]
    variables: JSON
    metadata: JSON
  }

  interface Item implements Node {
    id: ID!
    type: String!
    status: String
  }
  type Message implements Node & Item {
    id: ID!
    type: String!
    status: String
  }
  type FunctionCall implements Node & Item {
    id: ID!
    type: String!
    status: String
  }
  type FunctionCallOutput implements Node & Item {
    id: ID!
    type: String!
    status: String
  }
  type FileSearchCall implements Node & Item {
    id: ID!
    type: String!
    status: String
  }
  type WebSearchCall implements Node & Item {
    id: ID!
    type: String!
    status: String
  }
  type Reasoning implements Node & Item {
    id: ID!
    type: String!
    status: String
  }

  interface ContentPart {
    type: String!
  }
  type OutputText implements ContentPart {
    type: String!
    text: String!
    annotations: [Annotation!]!
  }
  interface Annotation {
    type: String!
  }
  type UrlCitation implements Annotation {
    type: String!
    url: String!
  }

  interface ResponseEvent {
    type: String!
    sequenceNumber: Int!
  }
  type ResponseCreatedEvent implements ResponseEvent {
    type: String!
    sequenceNumber: Int!
    response: Response!
  }
  type OutputTextDeltaEvent implements ResponseEvent {
    type: String!
    sequenceNumber: Int!
    delta: String!
  }
`;
