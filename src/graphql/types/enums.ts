import { defineEnum } from './define-enum.js';

export const ResponseStatusEnum = defineEnum('ResponseStatus', 'How far a response has come.', {
  QUEUED: ['queued', 'Created in the background; the model has not begun yet.'],
  IN_PROGRESS: ['in_progress', 'The model or a tool is at work.'],
  COMPLETED: ['completed', 'Ended, with everything the model had to say.'],
  INCOMPLETE: ['incomplete', 'Ended early; `incompleteReason` says why. What was said is there.'],
  FAILED: ['failed', 'Ended by a fault; `error` says which. What was said before is there.'],
  CANCELLED: ['cancelled', 'Stopped by a client, or left by everyone. What was said before is there.'],
});

export const CreationOrderEnum = defineEnum('CreationOrder', 'In which order a list goes through time.', {
  NEWEST_FIRST: ['desc', 'The latest created comes first.'],
  OLDEST_FIRST: ['asc', 'The earliest created comes first.'],
});

export const MessageRoleEnum = defineEnum('MessageRole', 'Who speaks in a message.', {
  USER: ['user', 'The person asking.'],
  ASSISTANT: ['assistant', 'The model.'],
  SYSTEM: ['system', 'Instructions that stand above the conversation.'],
  DEVELOPER: ['developer', 'Instructions by the application; newer models’ name for system messages.'],
});

export const ToolChoiceModeEnum = defineEnum('ToolChoiceMode', 'Whether the model may call tools.', {
  NONE: ['none', 'It may not.'],
  AUTO: ['auto', 'It decides by itself.'],
  REQUIRED: ['required', 'It has to call at least one.'],
});

export const GrammarSyntaxEnum = defineEnum('GrammarSyntax', 'How the grammar of a custom tool is written.', {
  REGEX: ['regex', 'A regular expression that the whole input matches.'],
  LARK: ['lark', 'A Lark grammar. Enforced only by upstreams that have custom tools; others are asked to follow it.'],
});

export const TextFormatModeEnum = defineEnum(
  'TextFormatMode',
  'The form of the answer’s text, when no schema is given.',
  {
    TEXT: ['text', 'Plain text.'],
    JSON_OBJECT: ['json_object', 'Some JSON object.'],
  },
);

export const TextVerbosityEnum = defineEnum('TextVerbosity', 'How much the model should say.', {
  LOW: ['low', 'Terse.'],
  MEDIUM: ['medium', 'As usual.'],
  HIGH: ['high', 'At length.'],
});

export const ReasoningEffortEnum = defineEnum('ReasoningEffort', 'How much a reasoning model should think first.', {
  NONE: ['none', 'Not at all.'],
  MINIMAL: ['minimal', 'As little as it can.'],
  LOW: ['low', 'A little.'],
  MEDIUM: ['medium', 'As usual.'],
  HIGH: ['high', 'A lot.'],
  XHIGH: ['xhigh', 'More than a lot.'],
  MAX: ['max', 'As much as it can.'],
});

export const ReasoningSummaryEnum = defineEnum('ReasoningSummary', 'Whether and how reasoning is summed up.', {
  AUTO: ['auto', 'As the model does it.'],
  CONCISE: ['concise', 'Briefly.'],
  DETAILED: ['detailed', 'In detail.'],
});

export const TruncationEnum = defineEnum('Truncation', 'What happens when the context is too long for the model.', {
  AUTO: ['auto', 'The oldest items are left out.'],
  DISABLED: ['disabled', 'The request is refused.'],
});

export const ServiceTierEnum = defineEnum('ServiceTier', 'The upstream’s processing class.', {
  AUTO: ['auto', 'As the upstream’s project settings say.'],
  DEFAULT: ['default', 'Standard.'],
  FLEX: ['flex', 'Cheaper and slower.'],
  SCALE: ['scale', 'Reserved capacity.'],
  PRIORITY: ['priority', 'Faster and dearer.'],
  FAST: ['fast', 'Faster.'],
  ULTRAFAST: ['ultrafast', 'Fastest.'],
});

export const SearchContextSizeEnum = defineEnum(
  'SearchContextSize',
  'How much of what a search finds reaches the model.',
  {
    LOW: ['low', 'Little.'],
    MEDIUM: ['medium', 'As usual.'],
    HIGH: ['high', 'Much.'],
  },
);

export const FilePurposeEnum = defineEnum('FilePurpose', 'What a file is for.', {
  ASSISTANTS: ['assistants', 'Searched by tools.'],
  BATCH: ['batch', 'Input of a batch job.'],
  FINE_TUNE: ['fine-tune', 'Training data.'],
  VISION: ['vision', 'An image for the model to look at.'],
  USER_DATA: ['user_data', 'Anything of the user’s.'],
  EVALS: ['evals', 'Data of an evaluation.'],
});

export const VectorStoreStatusEnum = defineEnum('VectorStoreStatus', 'How a vector store stands.', {
  IN_PROGRESS: ['in_progress', 'Some files are being indexed; the others can be searched.'],
  COMPLETED: ['completed', 'No file is being indexed.'],
  EXPIRED: ['expired', 'Not used for so long that it cannot be used any more.'],
});

export const StoreFileStatusEnum = defineEnum('VectorStoreFileStatus', 'How far indexing is.', {
  IN_PROGRESS: ['in_progress', 'Waiting, or being read and embedded.'],
  COMPLETED: ['completed', 'Done: searches find it.'],
  FAILED: ['failed', 'It could not be indexed.'],
  CANCELLED: ['cancelled', 'Stopped before it was done.'],
});

export const StoreFileErrorCodeEnum = defineEnum('VectorStoreFileErrorCode', 'Why a file could not be indexed.', {
  SERVER_ERROR: ['server_error', 'The server is at fault, or has no room.'],
  UNSUPPORTED_FILE: ['unsupported_file', 'Files of this kind are not indexed.'],
  INVALID_FILE: ['invalid_file', 'The file is damaged, encrypted, empty, or too large.'],
});

export const ComparisonOperatorEnum = defineEnum('ComparisonOperator', 'How an attribute is compared.', {
  EQ: ['eq', 'The same value.'],
  NE: ['ne', 'Another value, or none.'],
  GT: ['gt', 'Greater.'],
  GTE: ['gte', 'Greater, or the same.'],
  LT: ['lt', 'Less.'],
  LTE: ['lte', 'Less, or the same.'],
  IN: ['in', 'One of a list of values.'],
  NIN: ['nin', 'None of a list of values.'],
});
