/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Items to append to a conversation. */
export type AddConversationItemsInput = {
  /** Id of the conversation. */
  conversationId: string;
  /** The items, 1 to 20, in order. */
  items: Array<InputItem>;
};

/** The time over which a budget counts. */
export type BudgetPeriod =
  /** A calendar day. */
  | 'DAY'
  /** A calendar month. */
  | 'MONTH'
  /** The last so many seconds, whenever one looks. */
  | 'ROLLING'
  /** For ever: it never starts anew. */
  | 'TOTAL'
  /** A week, from Monday on. */
  | 'WEEK';

/** Older context that was summed up. */
export type CompactionInput = {
  /** The sealed summary, as it was given. */
  encryptedContent: string;
};

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

/** A call of a custom tool that the model made earlier. */
export type CustomToolCallInput = {
  /** Pairs the call with its output. */
  callId: string;
  /** The text the model gave it. */
  input: string;
  /** Name of the tool. */
  name: string;
};

/** What a custom tool that the model called gave back. */
export type CustomToolCallOutputInput = {
  /** `callId` of the call this answers. */
  callId: string;
  /** The output. */
  output: ContentInput;
};

/** What a file is for. */
export type FilePurpose =
  /** Searched by tools. */
  | 'ASSISTANTS'
  /** Input of a batch job. */
  | 'BATCH'
  /** Data of an evaluation. */
  | 'EVALS'
  /** Training data. */
  | 'FINE_TUNE'
  /** Anything of the user’s. */
  | 'USER_DATA'
  /** An image for the model to look at. */
  | 'VISION';

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
  {   /** Older context that was summed up by `compact`. */
  compaction: CompactionInput; customToolCall?: never; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never;   /** A call of a custom tool that the model made earlier. */
  customToolCall: CustomToolCallInput; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never;   /** What a custom tool that the model called gave back. */
  customToolCallOutput: CustomToolCallOutputInput; functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never;   /** A function call the model made earlier. */
  functionCall: FunctionCallInput; functionCallOutput?: never; itemReference?: never; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never; functionCall?: never;   /** What a function that the model called gave back. */
  functionCallOutput: FunctionCallOutputInput; itemReference?: never; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never;   /** Id of an item that exists already; it is put in here. */
  itemReference: string; json?: never; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never; itemReference?: never;   /** An item of any other kind, in the API’s own spelling. */
  json: unknown; mcpApprovalResponse?: never; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never;   /** A person’s answer to a request for approval. */
  mcpApprovalResponse: McpApprovalResponseInput; message?: never; }
  |  { compaction?: never; customToolCall?: never; customToolCallOutput?: never; functionCall?: never; functionCallOutput?: never; itemReference?: never; json?: never; mcpApprovalResponse?: never;   /** Something that is said. */
  message: MessageInput; };

/** A person’s answer to a request for approval. */
export type McpApprovalResponseInput = {
  /** Id of the `McpApprovalRequest` this answers. */
  approvalRequestId: string;
  /** Whether the call may run. */
  approve: boolean;
  /** Why, for the model. */
  reason?: string | null | undefined;
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

/** Why a file could not be indexed. */
export type VectorStoreFileErrorCode =
  /** The file is damaged, encrypted, empty, or too large. */
  | 'INVALID_FILE'
  /** The server is at fault, or has no room. */
  | 'SERVER_ERROR'
  /** Files of this kind are not indexed. */
  | 'UNSUPPORTED_FILE';

/** How far indexing is. */
export type VectorStoreFileStatus =
  /** Stopped before it was done. */
  | 'CANCELLED'
  /** Done: searches find it. */
  | 'COMPLETED'
  /** It could not be indexed. */
  | 'FAILED'
  /** Waiting, or being read and embedded. */
  | 'IN_PROGRESS';

/** How a vector store stands. */
export type VectorStoreStatus =
  /** No file is being indexed. */
  | 'COMPLETED'
  /** Not used for so long that it cannot be used any more. */
  | 'EXPIRED'
  /** Some files are being indexed; the others can be searched. */
  | 'IN_PROGRESS';

/** What became of a delivery. */
export type WebhookDeliveryStatus =
  /** Given up. */
  | 'FAILED'
  /** Not taken yet; it is tried again. */
  | 'PENDING'
  /** The endpoint answered 2xx. */
  | 'SUCCEEDED';

/** What a webhook endpoint can be told of. */
export type WebhookEventType =
  /** A budget has passed one of its thresholds. */
  | 'BUDGET_THRESHOLD_REACHED'
  /** A background response was stopped. */
  | 'RESPONSE_CANCELLED'
  /** A background response ended with everything the model had to say. */
  | 'RESPONSE_COMPLETED'
  /** A background response ended by a fault. */
  | 'RESPONSE_FAILED'
  /** A background response ended early. */
  | 'RESPONSE_INCOMPLETE';

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
        | { __typename: 'Compaction', id: string, type: string, status: string | null }
        | { __typename: 'CustomToolCall', id: string, type: string, status: string | null }
        | { __typename: 'CustomToolCallOutput', id: string, type: string, status: string | null }
        | { __typename: 'FileSearchCall', id: string, type: string, status: string | null }
        | { __typename: 'FunctionCall', id: string, type: string, status: string | null }
        | { __typename: 'FunctionCallOutput', id: string, type: string, status: string | null }
        | { __typename: 'ItemReference', id: string, type: string, status: string | null }
        | { __typename: 'McpApprovalRequest', id: string, type: string, status: string | null }
        | { __typename: 'McpApprovalResponse', id: string, type: string, status: string | null }
        | { __typename: 'McpCall', id: string, type: string, status: string | null }
        | { __typename: 'McpListTools', id: string, type: string, status: string | null }
        | { __typename: 'Message', id: string, type: string, status: string | null }
        | { __typename: 'OtherItem', id: string, type: string, status: string | null }
        | { __typename: 'Reasoning', id: string, type: string, status: string | null }
        | { __typename: 'WebSearchCall', id: string, type: string, status: string | null }
      >, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, responses: { nodes: Array<{ id: string, status: ResponseStatus, outputText: string }> } } | null };

export type FollowConversationSubscriptionVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type FollowConversationSubscription = { conversationEvents:
    | { __typename: 'ConversationDeletedEvent', type: string, cursor: string }
    | { __typename: 'ConversationFollowedEvent', type: string, cursor: string }
    | { __typename: 'ConversationItemAddedEvent', type: string, cursor: string, item:
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { id: string }
        | { role: MessageRole, text: string, id: string }
        | { id: string }
        | { id: string }
        | { id: string }
       }
    | { __typename: 'ConversationItemDeletedEvent', itemId: string, type: string, cursor: string }
    | { __typename: 'ConversationResponseEndedEvent', responseId: string, type: string, cursor: string }
    | { __typename: 'ConversationResponseEvent', responseId: string, type: string, cursor: string, event:
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { delta: string, type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
       }
    | { __typename: 'ConversationResponseStartedEvent', responseId: string, type: string, cursor: string, response: { inputItems: { nodes: Array<
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { id: string }
            | { role: MessageRole, text: string, id: string }
            | { id: string }
            | { id: string }
            | { id: string }
          > } } | null }
   };

export type CreateFileMutationVariables = Exact<{
  text: string;
}>;


export type CreateFileMutation = { createFile: { file: { id: string, filename: string, bytes: string, contentUrl: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type UploadFileMutationVariables = Exact<{
  file: Blob | null;
}>;


export type UploadFileMutation = { createFile: { file: { id: string, filename: string, bytes: string, sha256: string, contentUrl: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ListFilesQueryVariables = Exact<{ [key: string]: never; }>;


export type ListFilesQuery = { files: { nodes: Array<{ id: string, filename: string, purpose: FilePurpose, bytes: string, createdAt: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type FirstAnswerMutationVariables = Exact<{
  text?: string;
  model?: string | null | undefined;
}>;


export type FirstAnswerMutation = { createResponse: { response: { id: string, status: ResponseStatus, model: string, outputText: string, usage: { inputTokens: number, outputTokens: number, totalTokens: number } | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type CreateVectorStoreMutationVariables = Exact<{
  fileIds?: Array<string> | string | null | undefined;
}>;


export type CreateVectorStoreMutation = { createVectorStore: { vectorStore: { id: string, status: VectorStoreStatus, fileCounts: { inProgress: number, total: number } } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type WatchVectorStoreSubscriptionVariables = Exact<{
  id: string;
}>;


export type WatchVectorStoreSubscription = { vectorStoreProgress: { status: VectorStoreStatus, fileCounts: { inProgress: number, completed: number, failed: number, total: number }, files: { nodes: Array<{ id: string, status: VectorStoreFileStatus, progress: number, error: { code: VectorStoreFileErrorCode, message: string } | null }> } } };

export type SearchVectorStoresQueryVariables = Exact<{
  question: string;
  ids?: Array<string> | string | null | undefined;
}>;


export type SearchVectorStoresQuery = { searchVectorStores: { results: Array<{ filename: string, score: number, text: string, page: number | null }> } };

export type AskDocumentsMutationVariables = Exact<{
  question: string;
  ids?: Array<string> | string | null | undefined;
}>;


export type AskDocumentsMutation = { createResponse: { response: { outputText: string, output: Array<
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string }
        | { type: string, content: Array<
            | { annotations: Array<
                | { fileId: string, filename: string | null }
                | Record<PropertyKey, never>
              > }
            | Record<PropertyKey, never>
          > }
        | { type: string }
        | { type: string }
        | { type: string }
      > } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ListResponsesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListResponsesQuery = { responses: { nodes: Array<{ id: string, status: ResponseStatus, model: string, createdAt: string, outputText: string, conversation: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ReadAgainQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type ReadAgainQuery = { nodes: Array<
    | { __typename: 'ApiKey', id: string }
    | { __typename: 'AuditEntry', id: string }
    | { __typename: 'Budget', id: string }
    | { __typename: 'Compaction', type: string, id: string }
    | { __typename: 'Conversation', id: string }
    | { __typename: 'CustomToolCall', type: string, id: string }
    | { __typename: 'CustomToolCallOutput', type: string, id: string }
    | { __typename: 'File', id: string }
    | { __typename: 'FileSearchCall', type: string, id: string }
    | { __typename: 'FunctionCall', type: string, id: string }
    | { __typename: 'FunctionCallOutput', type: string, id: string }
    | { __typename: 'ItemReference', type: string, id: string }
    | { __typename: 'McpApprovalRequest', type: string, id: string }
    | { __typename: 'McpApprovalResponse', type: string, id: string }
    | { __typename: 'McpCall', type: string, id: string }
    | { __typename: 'McpListTools', type: string, id: string }
    | { __typename: 'Message', type: string, id: string }
    | { __typename: 'OtherItem', type: string, id: string }
    | { __typename: 'Price', id: string }
    | { __typename: 'Project', id: string }
    | { __typename: 'Prompt', id: string }
    | { __typename: 'PromptVersion', version: number, instructions: string | null, id: string }
    | { __typename: 'Reasoning', type: string, id: string }
    | { __typename: 'Response', status: ResponseStatus, outputText: string, id: string }
    | { __typename: 'StoragePrice', id: string }
    | { __typename: 'VectorStore', id: string }
    | { __typename: 'VectorStoreFileBatch', id: string }
    | { __typename: 'WebSearchCall', type: string, id: string }
    | { __typename: 'WebhookDelivery', id: string }
    | { __typename: 'WebhookEndpoint', id: string }
   | null> };

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

export type RevisePromptMutationVariables = Exact<{
  id: string;
  instructions?: string;
}>;


export type RevisePromptMutation = { updatePrompt: { prompt: { id: string, version: number } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type AskPromptVersionMutationVariables = Exact<{
  prompt?: string;
  version?: number;
  variables?: unknown;
  text?: string;
}>;


export type AskPromptVersionMutation = { createResponse: { response: { outputText: string, promptVersion: number | null } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ReadPromptVersionsQueryVariables = Exact<{
  name?: string;
}>;


export type ReadPromptVersionsQuery = { prompt: { version: number, versions: { nodes: Array<{ id: string, version: number, instructions: string | null, createdAt: string }> } } | null };

export type ResumeStreamSubscriptionVariables = Exact<{
  id: string;
  after: number;
}>;


export type ResumeStreamSubscription = { responseEvents:
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { delta: string, type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number, response: { status: ResponseStatus, outputText: string } }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number, response: { status: ResponseStatus, error: { message: string } | null } }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
    | { type: string, sequenceNumber: number }
   };

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
    | { __typename: 'CodeInterpreterCallCodeDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'CodeInterpreterCallCodeDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'CodeInterpreterCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'CodeInterpreterCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'CodeInterpreterCallInterpretingEvent', type: string, sequenceNumber: number }
    | { __typename: 'ContentPartAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'ContentPartDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'CustomToolCallInputDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'CustomToolCallInputDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'FileSearchCallSearchingEvent', type: string, sequenceNumber: number }
    | { __typename: 'FunctionCallArgumentsDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'FunctionCallArgumentsDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'ImageGenerationCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'ImageGenerationCallGeneratingEvent', type: string, sequenceNumber: number }
    | { __typename: 'ImageGenerationCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'ImageGenerationCallPartialImageEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpCallArgumentsDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpCallArgumentsDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpCallCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpCallFailedEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpCallInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpListToolsCompletedEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpListToolsFailedEvent', type: string, sequenceNumber: number }
    | { __typename: 'McpListToolsInProgressEvent', type: string, sequenceNumber: number }
    | { __typename: 'OtherResponseEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputItemAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputItemDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputTextAnnotationAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'OutputTextDeltaEvent', delta: string, type: string, sequenceNumber: number }
    | { __typename: 'OutputTextDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningSummaryPartAddedEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningSummaryPartDoneEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningSummaryTextDeltaEvent', type: string, sequenceNumber: number }
    | { __typename: 'ReasoningSummaryTextDoneEvent', type: string, sequenceNumber: number }
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

export type UsageByModelQueryVariables = Exact<{
  startTime?: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type UsageByModelQuery = { usage: { nodes: Array<{ startTime: string, model: string | null, requests: string, inputTokens: string | null, outputTokens: string | null, amount: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { viewer: { key: { name: string, scopes: Array<string> }, project: { name: string }, budgets: Array<{ period: BudgetPeriod, cap: string, settled: string, reserved: string, resetsAt: string | null }> } };

export type CreateWebhookEndpointMutationVariables = Exact<{
  url: string;
  name?: string;
}>;


export type CreateWebhookEndpointMutation = { createWebhookEndpoint: { signingSecret: string | null, webhookEndpoint: { id: string } | null, userErrors: Array<{ code: string, field: string | null, message: string }> } };

export type ReadWebhookDeliveriesQueryVariables = Exact<{
  id: string;
}>;


export type ReadWebhookDeliveriesQuery = { webhookEndpoint: { enabled: boolean, disabledReason: string | null, deliveries: { nodes: Array<{ id: string, eventType: WebhookEventType, responseId: string | null, status: WebhookDeliveryStatus, attempts: number, lastStatusCode: number | null, lastError: string | null }> } } | null };

export type ReadQueryVariables = Exact<{
  id: string;
}>;


export type ReadQuery = { response: { inputItems: { nodes: Array<
        | { __typename: 'Compaction', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'CustomToolCall', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'CustomToolCallOutput', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'FileSearchCall', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'FunctionCall', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'FunctionCallOutput', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'ItemReference', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'McpApprovalRequest', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'McpApprovalResponse', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'McpCall', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'McpListTools', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'Message', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'OtherItem', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'Reasoning', id: string, type: string, status: string | null, json: unknown }
        | { __typename: 'WebSearchCall', id: string, type: string, status: string | null, json: unknown }
      > } } | null };

export type AddMutationVariables = Exact<{
  input: AddConversationItemsInput;
}>;


export type AddMutation = { addConversationItems: { items: Array<
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
      | { json: unknown }
    >, userErrors: Array<{ message: string }> } };

export type ReadItemsQueryVariables = Exact<{
  id: string;
}>;


export type ReadItemsQuery = { conversation: { items: { nodes: Array<
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
        | { json: unknown }
      > } } | null };


export const StartChainDocument = {"__meta__":{"hash":"sha256:4e970d1581ebe0057c21e27377a75d315f9a058fd74900a64ec0e02e105638b4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StartChain"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"My name is Alice.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StartChainMutation, StartChainMutationVariables>;
export const ContinueChainDocument = {"__meta__":{"hash":"sha256:3dbeaf18189f36e228be658e39ede9fd9d65506d01c61793d7af7a4e821be8a8"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ContinueChain"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"previousResponseId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"What is my name?","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"previousResponseId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"previousResponseId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"previousResponse"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ContinueChainMutation, ContinueChainMutationVariables>;
export const CreateConversationDocument = {"__meta__":{"hash":"sha256:dad9fffe04d8bf1cea4017f7aa1c379180bbda60ce73c16b10f29e245f051f82"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metadata"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createConversation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metadata"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metadata"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateConversationMutation, CreateConversationMutationVariables>;
export const AskInConversationDocument = {"__meta__":{"hash":"sha256:a87aaa63117e45bfd9f7b51cfcce5efaa98e400e4af4c1173879ad0e83604c7b"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskInConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"conversationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"My name is Alice.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"conversationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"conversationId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskInConversationMutation, AskInConversationMutationVariables>;
export const ReadConversationDocument = {"__meta__":{"hash":"sha256:ef3f67dd00838c0e47b460cfb5ed9fdf1cb4d885ac636e6ff454408032679e0e"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"responses"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadConversationQuery, ReadConversationQueryVariables>;
export const FollowConversationDocument = {"__meta__":{"hash":"sha256:545173c85808a69da3721cfabf30ad4db751491a333e90d8acbb1e5c2274a6cb"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowConversation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversationEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConversationItemAddedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Message"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConversationItemDeletedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConversationResponseStartedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseId"}},{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputItems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Message"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConversationResponseEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseId"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputTextDeltaEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConversationResponseEndedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseId"}}]}}]}}]}}]} as unknown as DocumentNode<FollowConversationSubscription, FollowConversationSubscriptionVariables>;
export const CreateFileDocument = {"__meta__":{"hash":"sha256:b1de2e3b827640f6ff7b59feb43dfb1048655842314cf1d52617b579d1fa5a3f"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateFile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createFile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"filename"},"value":{"kind":"StringValue","value":"notes.md","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"purpose"},"value":{"kind":"EnumValue","value":"ASSISTANTS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"contentUrl"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateFileMutation, CreateFileMutationVariables>;
export const UploadFileDocument = {"__meta__":{"hash":"sha256:c0023ba976b835d16f18a29b1549ac643134e98e0994d095c2dc82fe248d63cd"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UploadFile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"file"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Upload"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createFile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"purpose"},"value":{"kind":"EnumValue","value":"ASSISTANTS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"file"},"value":{"kind":"Variable","name":{"kind":"Name","value":"file"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"contentUrl"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<UploadFileMutation, UploadFileMutationVariables>;
export const ListFilesDocument = {"__meta__":{"hash":"sha256:c927bce6b5255735b9397c80e8e746349774f5d2bcabf642b71e00895e4a5e7d"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListFiles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"files"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"purpose"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ListFilesQuery, ListFilesQueryVariables>;
export const FirstAnswerDocument = {"__meta__":{"hash":"sha256:8612fb59489986fa08a484b48b112cf61fcb79c64f30fb38e0f76d448bd5bb99"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"FirstAnswer"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"What is 12 * (3 + 4)?","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"totalTokens"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<FirstAnswerMutation, FirstAnswerMutationVariables>;
export const CreateVectorStoreDocument = {"__meta__":{"hash":"sha256:378e6e22abeb68c51c46b726bea1a453e18b974185334da5bafc7b10e95e5b3b"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateVectorStore"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"fileIds"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createVectorStore"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"Handbook","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"fileIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"fileIds"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"vectorStore"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"fileCounts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inProgress"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateVectorStoreMutation, CreateVectorStoreMutationVariables>;
export const WatchVectorStoreDocument = {"__meta__":{"hash":"sha256:b5772d61d9bb9e8b0db2cef00a4d253cfa1c5680b8966e086c31e904dd0d0536"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchVectorStore"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"vectorStoreProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"fileCounts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inProgress"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}},{"kind":"Field","name":{"kind":"Name","value":"files"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<WatchVectorStoreSubscription, WatchVectorStoreSubscriptionVariables>;
export const SearchVectorStoresDocument = {"__meta__":{"hash":"sha256:78b2da7c0e765ab58e179ba53c852eb696061e0380e3d17412bdd875369443e6"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SearchVectorStores"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"question"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchVectorStores"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"queries"},"value":{"kind":"ListValue","values":[{"kind":"Variable","name":{"kind":"Name","value":"question"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"vectorStoreIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"maxNumResults"},"value":{"kind":"IntValue","value":"5"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"results"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"page"}}]}}]}}]}}]} as unknown as DocumentNode<SearchVectorStoresQuery, SearchVectorStoresQueryVariables>;
export const AskDocumentsDocument = {"__meta__":{"hash":"sha256:f50db7d1e7132c07027d8fa902225d48e92d1c0f540e4b7fc176c8ed08f438f4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskDocuments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"question"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"StringValue","value":"local","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"question"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"tools"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"fileSearch"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"vectorStoreIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}]}}]}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"output"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Message"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"content"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputText"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"annotations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FileCitation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fileId"}},{"kind":"Field","name":{"kind":"Name","value":"filename"}}]}}]}}]}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskDocumentsMutation, AskDocumentsMutationVariables>;
export const ListResponsesDocument = {"__meta__":{"hash":"sha256:279a397ad6a695ffc9a17f173041b0e82e188a8e4c8a2133988938c13a63100c"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListResponses"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responses"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"conversation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ListResponsesQuery, ListResponsesQueryVariables>;
export const ReadAgainDocument = {"__meta__":{"hash":"sha256:7b86a31db3f0720608032db4c0472e35d58b6310acc067838d5a6b1bbbdaa737"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadAgain"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Response"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Item"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PromptVersion"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"instructions"}}]}}]}}]}}]} as unknown as DocumentNode<ReadAgainQuery, ReadAgainQueryVariables>;
export const ListEverythingElseDocument = {"__meta__":{"hash":"sha256:8a740d07adbb28df65ddfa947b6f7e045bfe347b0904edf218345c90fd389c8d"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListEverythingElse"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"models"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"conversations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"prompts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]}}]} as unknown as DocumentNode<ListEverythingElseQuery, ListEverythingElseQueryVariables>;
export const CreatePromptDocument = {"__meta__":{"hash":"sha256:7a56d63bda405416e073ba8467723c436a0cefdaf939ba05e996ab77be57cdd7"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreatePrompt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"You greet people from {{place}} politely.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createPrompt"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"instructions"},"value":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreatePromptMutation, CreatePromptMutationVariables>;
export const AskPromptDocument = {"__meta__":{"hash":"sha256:9ef0084efc38902accc0ae13824aaff420ba23b70f601dc5eadd2dd4316d12c6"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskPrompt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"variables"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"place"},"value":{"kind":"StringValue","value":"Lisbon","block":false}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Hello!","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"prompt"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"variables"},"value":{"kind":"Variable","name":{"kind":"Name","value":"variables"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"promptVersion"}},{"kind":"Field","name":{"kind":"Name","value":"prompt"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskPromptMutation, AskPromptMutationVariables>;
export const RevisePromptDocument = {"__meta__":{"hash":"sha256:448baff4376d4fd52afdf4f6877c0e8c6137bd47117419be9412e5491c133426"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevisePrompt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"You greet people from {{place}} in verse.","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updatePrompt"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"instructions"},"value":{"kind":"Variable","name":{"kind":"Name","value":"instructions"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<RevisePromptMutation, RevisePromptMutationVariables>;
export const AskPromptVersionDocument = {"__meta__":{"hash":"sha256:a98f03da134e05f08208bb55c263702074cfd0bb6f954e282f06c2b08e5b4eda"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskPromptVersion"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"1"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"variables"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"place"},"value":{"kind":"StringValue","value":"Lisbon","block":false}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Hello!","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"prompt"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"prompt"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"version"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"variables"},"value":{"kind":"Variable","name":{"kind":"Name","value":"variables"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"promptVersion"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskPromptVersionMutation, AskPromptVersionMutationVariables>;
export const ReadPromptVersionsDocument = {"__meta__":{"hash":"sha256:576453de748f66f277e558bb3f7cfb895cc3796e6c508a3942b0943ef9e9aaa5"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadPromptVersions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"greeter","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"prompt"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"instructions"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadPromptVersionsQuery, ReadPromptVersionsQueryVariables>;
export const ResumeStreamDocument = {"__meta__":{"hash":"sha256:03fd6660caa05ad83d433c1802b695acd9b0f5d8e6fa2a7d7da0082a594931cb"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ResumeStream"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"sequenceNumber"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputTextDeltaEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseCompletedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseFailedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<ResumeStreamSubscription, ResumeStreamSubscriptionVariables>;
export const StartStreamDocument = {"__meta__":{"hash":"sha256:d8de3f1d72d28ad65bff4d94a8ad1497796a8fa586a6f4ecef4a391fbb7d4370"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StartStream"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Count from 1 to 50.","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"local-extractive-1","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createResponse"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"stream"},"value":{"kind":"BooleanValue","value":true}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<StartStreamMutation, StartStreamMutationVariables>;
export const FollowStreamDocument = {"__meta__":{"hash":"sha256:a90bb4b5a94f32e5933302af89baa56fbc2e1a6975840db00e1020d62512e2fb"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowStream"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"sequenceNumber"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseCreatedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OutputTextDeltaEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseCompletedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"outputText"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalTokens"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResponseFailedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<FollowStreamSubscription, FollowStreamSubscriptionVariables>;
export const UsageByModelDocument = {"__meta__":{"hash":"sha256:ddeff2a74e0e8c4f04396a7b3f194cf3201982e8c385190d208805e5469e3ddf"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageByModel"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"startTime"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}},"defaultValue":{"kind":"StringValue","value":"2026-01-01T00:00:00Z","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"usage"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"startTime"},"value":{"kind":"Variable","name":{"kind":"Name","value":"startTime"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"bucket"},"value":{"kind":"EnumValue","value":"DAY"}},{"kind":"ObjectField","name":{"kind":"Name","value":"groupBy"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MODEL"}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"startTime"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"requests"}},{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<UsageByModelQuery, UsageByModelQueryVariables>;
export const WhoAmIDocument = {"__meta__":{"hash":"sha256:86144e8eb2fcf93a292c55ab8de9db3ac08f799d9212551d6b2271aa922896e3"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WhoAmI"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"project"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"budgets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"}},{"kind":"Field","name":{"kind":"Name","value":"cap"}},{"kind":"Field","name":{"kind":"Name","value":"settled"}},{"kind":"Field","name":{"kind":"Name","value":"reserved"}},{"kind":"Field","name":{"kind":"Name","value":"resetsAt"}}]}}]}}]}}]} as unknown as DocumentNode<WhoAmIQuery, WhoAmIQueryVariables>;
export const CreateWebhookEndpointDocument = {"__meta__":{"hash":"sha256:bc1e6af845353069b5cd678ba33a9ad2e0856f396dfabaf0731f05243999c435"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateWebhookEndpoint"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"url"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"my server","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createWebhookEndpoint"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"url"},"value":{"kind":"Variable","name":{"kind":"Name","value":"url"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"eventTypes"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"RESPONSE_COMPLETED"},{"kind":"EnumValue","value":"RESPONSE_FAILED"},{"kind":"EnumValue","value":"RESPONSE_INCOMPLETE"},{"kind":"EnumValue","value":"RESPONSE_CANCELLED"}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"webhookEndpoint"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"signingSecret"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateWebhookEndpointMutation, CreateWebhookEndpointMutationVariables>;
export const ReadWebhookDeliveriesDocument = {"__meta__":{"hash":"sha256:e2316933f50b39e8d8cdda0f6bb562c65bea245eb02519f325dac48c60e39bd4"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadWebhookDeliveries"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"webhookEndpoint"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"disabledReason"}},{"kind":"Field","name":{"kind":"Name","value":"deliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"eventType"}},{"kind":"Field","name":{"kind":"Name","value":"responseId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"lastStatusCode"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadWebhookDeliveriesQuery, ReadWebhookDeliveriesQueryVariables>;
export const ReadDocument = {"__meta__":{"hash":"sha256:e7e0eaccd98834c797ce18d274ef063c9bf9bdced4e966f024dadea739186fbc"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Read"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"response"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputItems"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"json"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadQuery, ReadQueryVariables>;
export const AddDocument = {"__meta__":{"hash":"sha256:ae810daa58794efd8f8b2eb84b4dd455e426cd97c9faff7e03e6fce3b27215e9"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Add"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"AddConversationItemsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"addConversationItems"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"json"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AddMutation, AddMutationVariables>;
export const ReadItemsDocument = {"__meta__":{"hash":"sha256:c4b75835eccb6a071186c9e5556cf3a4f721439d0fccd0dc2f0b5d2dbc054974"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ReadItems"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conversation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"json"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ReadItemsQuery, ReadItemsQueryVariables>;