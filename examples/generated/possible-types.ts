
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "Annotation": [
      "FileCitation",
      "OtherAnnotation",
      "UrlCitation"
    ],
    "ContentPart": [
      "InputFile",
      "InputImage",
      "InputText",
      "OtherContentPart",
      "OutputText",
      "ReasoningText",
      "Refusal",
      "SummaryText"
    ],
    "ConversationEvent": [
      "ConversationDeletedEvent",
      "ConversationFollowedEvent",
      "ConversationItemAddedEvent",
      "ConversationItemDeletedEvent",
      "ConversationResponseEndedEvent",
      "ConversationResponseEvent",
      "ConversationResponseStartedEvent"
    ],
    "Item": [
      "Compaction",
      "CustomToolCall",
      "CustomToolCallOutput",
      "FileSearchCall",
      "FunctionCall",
      "FunctionCallOutput",
      "ItemReference",
      "McpApprovalRequest",
      "McpApprovalResponse",
      "McpCall",
      "McpListTools",
      "Message",
      "OtherItem",
      "Reasoning",
      "WebSearchCall"
    ],
    "Node": [
      "Conversation",
      "File",
      "Prompt",
      "Response",
      "VectorStore",
      "WebhookEndpoint"
    ],
    "ResponseEvent": [
      "CodeInterpreterCallCodeDeltaEvent",
      "CodeInterpreterCallCodeDoneEvent",
      "CodeInterpreterCallCompletedEvent",
      "CodeInterpreterCallInProgressEvent",
      "CodeInterpreterCallInterpretingEvent",
      "ContentPartAddedEvent",
      "ContentPartDoneEvent",
      "CustomToolCallInputDeltaEvent",
      "CustomToolCallInputDoneEvent",
      "FileSearchCallCompletedEvent",
      "FileSearchCallInProgressEvent",
      "FileSearchCallSearchingEvent",
      "FunctionCallArgumentsDeltaEvent",
      "FunctionCallArgumentsDoneEvent",
      "ImageGenerationCallCompletedEvent",
      "ImageGenerationCallGeneratingEvent",
      "ImageGenerationCallInProgressEvent",
      "ImageGenerationCallPartialImageEvent",
      "McpCallArgumentsDeltaEvent",
      "McpCallArgumentsDoneEvent",
      "McpCallCompletedEvent",
      "McpCallFailedEvent",
      "McpCallInProgressEvent",
      "McpListToolsCompletedEvent",
      "McpListToolsFailedEvent",
      "McpListToolsInProgressEvent",
      "OtherResponseEvent",
      "OutputItemAddedEvent",
      "OutputItemDoneEvent",
      "OutputTextAnnotationAddedEvent",
      "OutputTextDeltaEvent",
      "OutputTextDoneEvent",
      "ReasoningSummaryPartAddedEvent",
      "ReasoningSummaryPartDoneEvent",
      "ReasoningSummaryTextDeltaEvent",
      "ReasoningSummaryTextDoneEvent",
      "ReasoningTextDeltaEvent",
      "ReasoningTextDoneEvent",
      "RefusalDeltaEvent",
      "RefusalDoneEvent",
      "ResponseCompletedEvent",
      "ResponseCreatedEvent",
      "ResponseFailedEvent",
      "ResponseInProgressEvent",
      "ResponseIncompleteEvent",
      "ResponseQueuedEvent",
      "WebSearchCallCompletedEvent",
      "WebSearchCallInProgressEvent",
      "WebSearchCallSearchingEvent"
    ],
    "Tool": [
      "CustomTool",
      "FileSearchTool",
      "FunctionTool",
      "McpTool",
      "NamespaceTool",
      "OtherTool",
      "WebSearchTool"
    ]
  }
};
      export default result;
    