import { z } from 'zod';
import { INCLUDABLE } from '../../domain/include.js';
import { InputItem } from '../items.schema.js';
import { byNamedMembers } from '../named-members.js';
import { modelName, Tools } from '../tools.schema.js';
import { decimal, Metadata, shortText } from '../validation.js';
import { ToolChoice } from './tool-choice.js';

const MAX_TEXT = 10_485_760;

const JsonSchemaFormat = z.looseObject({
  type: z.literal('json_schema'),
  name: modelName,
  schema: z.record(z.string(), z.unknown()),
  description: z.string().nullish(),
  strict: z.boolean().nullish(),
});

const TextFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  JsonSchemaFormat,
]);

const maxTokens = z.int().min(16).max(2_147_483_647);

/**
 * The body of `POST /responses`, checked once for every door. Names are the API's own (request body section); members that
 * are not named here pass unread.
 */
export const CreateResponseBody = z.looseObject({
  model: shortText(256).nullish().describe('Model name. May come from the prompt instead.'),
  input: z
    .union([z.string().max(MAX_TEXT), z.array(InputItem).max(10_000)])
    .nullish()
    .describe('Text of one user message, or items.'),
  instructions: z.string().max(MAX_TEXT).nullish().describe('System text in front of the context.'),
  previous_response_id: z.string().min(1).max(256).nullish().describe('Continue from this stored response.'),
  conversation: z
    .union([z.string().max(256), z.looseObject({ id: z.string().max(256) })])
    .nullish()
    .describe('Run in this conversation: its items go in front, input and output are appended at the end.'),
  prompt: z
    .looseObject({
      id: z.string().min(1).max(256).describe('Id or name of the prompt.'),
      version: z.union([z.string().max(16), z.int()]).nullish(),
      variables: z
        .record(z.string(), z.union([z.string().max(MAX_TEXT), z.looseObject({ type: z.string() })]))
        .nullish(),
    })
    .nullish(),
  tools: Tools.nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).max(10_000).nullish(),
  max_output_tokens: maxTokens.nullish(),
  max_tokens: maxTokens.nullish().describe('Another name of max_output_tokens.'),
  temperature: decimal(0, 2).nullish(),
  top_p: decimal(0, 1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  presence_penalty: decimal(-2, 2).nullish(),
  frequency_penalty: decimal(-2, 2).nullish(),
  text: z
    .looseObject({ format: TextFormat.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .nullish(),
  reasoning: z
    .looseObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish().describe('Older name of summary.'),
      context: z.enum(['auto', 'current_turn', 'all_turns']).nullish(),
      mode: z.enum(['standard', 'pro']).nullish(),
    })
    .nullish(),
  context_management: z
    .array(
      z.looseObject({
        type: z.literal('compaction'),
        compact_threshold: z.int().min(1).max(2_147_483_647).nullish().describe('Tokens. Default 100000.'),
      }),
    )
    .max(1)
    .nullish()
    .describe('Sum older context up before the model answers, once it is longer than the threshold.'),
  include: z.array(z.enum(INCLUDABLE)).max(64).nullish().describe('What to show beside the usual.'),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  store: z.boolean().nullish().describe('Keep the response. Default true.'),
  stream: z.boolean().nullish().describe('Answer as server-sent events.'),
  stream_options: z.looseObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  background: z.boolean().nullish(),
  metadata: Metadata.nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']).nullish(),
  safety_identifier: shortText(128).nullish(),
  prompt_cache_key: shortText(64).nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  prompt_cache_options: z
    .looseObject({ mode: z.enum(['implicit', 'explicit']).nullish(), ttl: z.enum(['30m', '12h']).nullish() })
    .nullish()
    .describe('Only the defaults (implicit, 30m) are available.'),
  moderation: z.looseObject({}).nullish().describe('Not available.'),
  image: z
    .looseObject({ context_compression: z.enum(['auto', 'enabled', 'disabled']).nullish() })
    .nullish()
    .describe('Only auto and disabled are available.'),
  access_programs: z
    .looseObject({ cyber: z.enum(['standard', 'daybreak_blue', 'daybreak_red']).nullish() })
    .nullish()
    .describe('Only standard is available.'),
  user: shortText(512).nullish(),
});

/** The schema narrowed to the members that a body names: it says the same of that body. */
export const bodySchemaOf = byNamedMembers(CreateResponseBody);

export type CreateResponseBody = z.output<typeof CreateResponseBody>;
