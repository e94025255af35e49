import { Extensions, Field, Float, ID, InputType, Int } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import {
  ReasoningEffortEnum,
  ReasoningSummaryEnum,
  ResponseStatusEnum,
  ServiceTierEnum,
  TextFormatModeEnum,
  TextVerbosityEnum,
  TruncationEnum,
} from '../types/enums.js';
import { InputItem } from './item.input.js';
import { CreationFilterInput } from './list-filter.input.js';
import { ONE_OF } from './one-of.js';
import { ToolChoiceInput, ToolInput } from './tool.input.js';

@Extensions(ONE_OF)
@InputType('ResponseInputValue', { description: 'What the model is asked: exactly one of the two.' })
export class ResponseInputValue {
  @Field(() => String, { nullable: true, description: 'One message of the user.' })
  text?: string;

  @Field(() => [InputItem], { nullable: true, description: 'Messages, tool outputs and other items, in order.' })
  items?: InputItem[];
}

@InputType('PromptReferenceInput', { description: 'A prompt to use.' })
export class PromptReferenceInput {
  @Field(() => ID, { description: 'Id or name of the prompt.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Version to use. Default: the current one.' })
  version?: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'Values of the prompt’s variables, by name.' })
  variables?: unknown;
}

@InputType('JsonSchemaFormatInput', { description: 'Asks for JSON that follows a schema.' })
export class JsonSchemaFormatInput {
  @Field(() => String, { description: 'Name of the schema: letters, digits, `_` and `-`, at most 64.' })
  name!: string;

  @Field(() => JsonScalar, { description: 'The JSON Schema.' })
  schema!: unknown;

  @Field(() => String, { nullable: true, description: 'What the schema is for, for the model.' })
  description?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the answer must follow it exactly.' })
  strict?: boolean | null;
}

@Extensions(ONE_OF)
@InputType('TextFormatInput', { description: 'The form of the answer’s text: exactly one of the two.' })
export class TextFormatInput {
  @Field(() => TextFormatModeEnum, { nullable: true, description: 'Plain text, or some JSON object.' })
  mode?: string;

  @Field(() => JsonSchemaFormatInput, { nullable: true, description: 'JSON that follows a schema.' })
  jsonSchema?: JsonSchemaFormatInput;
}

@InputType('TextInput', { description: 'How the answer’s text should be.' })
export class TextInput {
  @Field(() => TextFormatInput, { nullable: true, description: 'Its form. Default plain text.' })
  format?: TextFormatInput | null;

  @Field(() => TextVerbosityEnum, { nullable: true, description: 'Its length. Default `MEDIUM`.' })
  verbosity?: string | null;
}

@InputType('ReasoningInput', { description: 'How a reasoning model should think.' })
export class ReasoningInput {
  @Field(() => ReasoningEffortEnum, { nullable: true, description: 'How much. Default: the model’s own.' })
  effort?: string | null;

  @Field(() => ReasoningSummaryEnum, { nullable: true, description: 'Whether and how thoughts are summed up.' })
  summary?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which earlier thoughts the model sees again: `auto`, `current_turn` or `all_turns`.',
  })
  context?: string | null;

  @Field(() => String, { nullable: true, description: '`standard` or, where a model has it, `pro`.' })
  mode?: string | null;
}

@InputType('StreamOptionsInput', { description: 'How events are written.' })
export class StreamOptionsInput {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Pad deltas so that their lengths tell nothing about their words. Default false.',
  })
  includeObfuscation?: boolean | null;
}

@InputType('ContextManagementInput', { description: 'What is done about a context that grows long.' })
export class ContextManagementInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Longer contexts, in tokens, are summed up before the model answers. Default 100000.',
  })
  compactThreshold?: number | null;
}

@InputType('CreateResponseInput', {
  description: 'What to ask, of which model, and how. The same settings as on the REST door.',
})
export class CreateResponseInput {
  @Field(() => String, { nullable: true, description: 'Name of the model. May come from the prompt instead.' })
  model?: string | null;

  @Field(() => ResponseInputValue, { nullable: true, description: 'What the model is asked.' })
  input?: ResponseInputValue | null;

  @Field(() => String, { nullable: true, description: 'System text in front of the context.' })
  instructions?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Continue from this stored response. Not together with `conversationId`.',
  })
  previousResponseId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Run in this conversation: its items go in front, input and output are appended at the end.',
  })
  conversationId?: string | null;

  @Field(() => PromptReferenceInput, {
    nullable: true,
    description: 'Use a prompt’s instructions, model, temperature and tools.',
  })
  prompt?: PromptReferenceInput | null;

  @Field(() => [ToolInput], { nullable: true, description: 'What the model may call; instead of the prompt’s tools.' })
  tools?: ToolInput[] | null;

  @Field(() => ToolChoiceInput, { nullable: true, description: 'Whether the model may, or has to, call a tool.' })
  toolChoice?: ToolChoiceInput | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Keep the response, so that it can be read and continued.',
  })
  store?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Return at once and keep every event: follow the run with `responseEvents`.',
  })
  stream?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Return at once and run on even if nobody follows. Needs `store`.',
  })
  background?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Most tokens the model may write, thoughts included. At least 16.' })
  maxOutputTokens?: number | null;

  @Field(() => Float, { nullable: true, description: 'How freely the model chooses its words, 0 to 2. Default 1.' })
  temperature?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Choose among the likeliest tokens of this total probability, 0 to 1. Default 1.',
  })
  topP?: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Up to 16 keys (of 64 characters) with text values (of 512).',
  })
  metadata?: unknown;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the model may call several tools at once. Default true.',
  })
  parallelToolCalls?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Most calls of tools that the server runs.' })
  maxToolCalls?: number | null;

  @Field(() => TextInput, { nullable: true, description: 'How the answer’s text should be.' })
  text?: TextInput | null;

  @Field(() => ReasoningInput, { nullable: true, description: 'How a reasoning model should think.' })
  reasoning?: ReasoningInput | null;

  @Field(() => Int, { nullable: true, description: 'How many likely tokens to list per token, 0 to 20.' })
  topLogprobs?: number | null;

  @Field(() => Float, { nullable: true, description: 'Aversion to words that were used already, -2 to 2. Default 0.' })
  presencePenalty?: number | null;

  @Field(() => Float, { nullable: true, description: 'Aversion to words that were used often, -2 to 2. Default 0.' })
  frequencyPenalty?: number | null;

  @Field(() => ContextManagementInput, {
    nullable: true,
    description: 'Sum older context up by itself. A `Compaction` in the output stands for it from then on.',
  })
  contextManagement?: ContextManagementInput | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'What the answer and its events show beside the usual, such as `file_search_call.results`. Later reads show all that is kept.',
  })
  include?: string[] | null;

  @Field(() => TruncationEnum, {
    nullable: true,
    description: 'What happens when the context is too long. Default `DISABLED`.',
  })
  truncation?: string | null;

  @Field(() => ServiceTierEnum, { nullable: true, description: 'The upstream’s processing class. Default `AUTO`.' })
  serviceTier?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Stable id of the end user for abuse checks, hashed by the application.',
  })
  safetyIdentifier?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Groups requests that share a beginning, for the upstream’s cache.',
  })
  promptCacheKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Older name of what `safetyIdentifier` and `promptCacheKey` do.',
  })
  user?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How long the upstream may keep a shared beginning: `in_memory` or `24h`.',
  })
  promptCacheRetention?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A name for this request, 1 to 255 printable characters: sent again with the same input within a day, it gives the same ' +
      'response instead of a second run. With another input it is refused (`idempotency_key_reused`).',
  })
  idempotencyKey?: string | null;

  @Field(() => StreamOptionsInput, { nullable: true, description: 'How events are written. Needs `stream`.' })
  streamOptions?: StreamOptionsInput | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Cache settings in the API’s own spelling; only the defaults are available.',
  })
  promptCacheOptions?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'Not available on this server: refused.' })
  moderation?: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Image settings in the API’s own spelling; images are never compressed here.',
  })
  image?: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Access programs in the API’s own spelling; only `standard` is open.',
  })
  accessPrograms?: unknown;
}

@InputType('ResponseFilter', { description: 'Which responses to list; conditions add up.' })
export class ResponseFilter extends CreationFilterInput {
  @Field(() => ResponseStatusEnum, { nullable: true, description: 'Only those that have come this far.' })
  status?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those of this model.' })
  model?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only those that ran in this conversation.' })
  conversationId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only those that used this prompt, in any version: its id, `pmpt_…`.',
  })
  promptId?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Only those whose metadata has all of these pairs, a map of texts.',
  })
  metadata?: unknown;
}
