import { z } from 'zod';
import { HOSTABLE_TOOLS } from '../../domain/tool.js';
import { LACKABLE_PARAMETERS, STRUCTURED_OUTPUTS } from '../../domain/upstream.js';

const TimeoutsSchema = z.strictObject({
  connect_seconds: z.number().min(0.1).max(3600).default(10).describe('Until the connection stands. Default 10.'),
  headers_seconds: z.number().min(0.1).max(86_400).default(600).describe('Until the answer begins. Default 600.'),
  idle_seconds: z.number().min(0.1).max(86_400).default(600).describe('Longest silence in an answer. Default 600.'),
});

const ProviderMembers = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .refine((id) => id !== 'local', { message: "'local' is the built-in provider." })
    .describe('Its name in models, the ledger and metrics.'),
  base_url: z.url().describe('Root of its API, e.g. http://localhost:8000/v1.'),
  api_key: z.string().optional().describe('Its key, best taken from the environment. Default: none is sent.'),
  custom_tools: z
    .boolean()
    .default(false)
    .describe('Its models take custom tools as such. Default false: they see a function with one text.'),
  dialect: z
    .enum(['chat_completions', 'responses'])
    .default('chat_completions')
    .describe('Which API the upstream speaks. Default chat_completions.'),
  retries: z.int().min(0).max(10).default(2).describe('Attempts after the first, before an answer begins. Default 2.'),
  timeouts: TimeoutsSchema.prefault({}).describe('How long to wait for it.'),
  unsupported: z
    .array(z.enum(LACKABLE_PARAMETERS))
    .default([])
    .describe('Parameters the upstream does not know: refused, or left out where the answer does not depend on them.'),
  structured_output: z
    .enum(STRUCTURED_OUTPUTS)
    .default('json_schema')
    .describe('What the upstream can promise about JSON; the rest is asked for in words. Default json_schema.'),
  max_tokens_field: z
    .enum(['max_tokens', 'max_completion_tokens'])
    .default('max_tokens')
    .describe('Chat completions: its name of the output limit. Default max_tokens.'),
  developer_role: z
    .boolean()
    .default(false)
    .describe('Chat completions: takes the role developer. Default false: developer messages are sent as system.'),
  reasoning_field: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional()
    .describe('Chat completions: member of assistant messages that takes earlier raw reasoning. Default: not sent.'),
  stream_usage: z
    .boolean()
    .default(true)
    .describe('Chat completions: takes stream_options.include_usage. Default true; otherwise tokens are counted here.'),
  think_tags: z
    .boolean()
    .default(false)
    .describe('Chat completions: models write <think>…</think> in front of their text. Default false.'),
  hosted_tools: z
    .array(z.enum(HOSTABLE_TOOLS))
    .optional()
    .describe(
      'Dialect responses: tools the upstream runs. Default: every hostable one but file_search and web_search.',
    ),
  encrypted_reasoning: z
    .boolean()
    .default(true)
    .describe('Dialect responses: whether reasoning can be had encrypted, for later turns. Default true.'),
});

/** What only one dialect has, with the value that says nothing. */
const OF_DIALECT = {
  chat_completions: {
    custom_tools: false,
    max_tokens_field: 'max_tokens',
    developer_role: false,
    reasoning_field: undefined,
    stream_usage: true,
    think_tags: false,
  },
  responses: { hosted_tools: undefined, encrypted_reasoning: true },
} as const;

export const ProviderSchema = ProviderMembers.superRefine((provider, ctx) => {
  const other = provider.dialect === 'responses' ? 'chat_completions' : 'responses';
  for (const [name, silent] of Object.entries(OF_DIALECT[other]))
    if (provider[name as keyof typeof provider] !== silent)
      ctx.addIssue({ code: 'custom', path: [name], message: `only the dialect '${other}' has this.` });
});
export type ProviderSettings = z.output<typeof ProviderSchema>;
