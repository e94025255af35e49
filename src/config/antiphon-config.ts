import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Price, parseAmount } from '../domain/money.js';
import type { RateLimit } from '../domain/rate-limit.js';
import { HOSTABLE_TOOLS } from '../domain/tool.js';
import { LACKABLE_PARAMETERS, STRUCTURED_OUTPUTS } from '../domain/upstream.js';
import { ConfigError } from './env.js';

const Amount = z.union([z.string(), z.number()]).transform((value, ctx): bigint => {
  try {
    return parseAmount(String(value));
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const PriceSchema = z
  .strictObject({
    input: Amount.describe('Per million input tokens.'),
    cached_input: Amount.optional().describe('Per million cached input tokens. Default: as input.'),
    output: Amount.describe('Per million output tokens.'),
    reasoning: Amount.optional().describe('Per million output tokens that are reasoning. Default: as output.'),
    tool_calls: z
      .record(z.string().regex(/^[a-z][a-z_]{0,63}$/), Amount)
      .default({})
      .describe('Each call of a tool that runs on the server, by its type, such as web_search: 0.01.'),
  })
  .transform(
    (price): Price => ({
      input: price.input,
      cachedInput: price.cached_input ?? price.input,
      output: price.output,
      reasoning: price.reasoning ?? price.output,
      toolCalls: price.tool_calls,
    }),
  );

const TimeoutsSchema = z.strictObject({
  connect_seconds: z.number().min(0.1).max(3600).default(10).describe('Until the connection stands. Default 10.'),
  headers_seconds: z.number().min(0.1).max(86_400).default(600).describe('Until the answer begins. Default 600.'),
  idle_seconds: z.number().min(0.1).max(86_400).default(300).describe('Longest silence in an answer. Default 300.'),
});

const ProviderMembers = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .refine((id) => id !== 'local', { message: "'local' is the built-in provider." }),
  base_url: z.url(),
  api_key: z.string().optional(),
  custom_tools: z
    .boolean()
    .default(false)
    .describe('Its models take custom tools as such. Default false: they see a function with one text.'),
  dialect: z
    .enum(['chat_completions', 'responses'])
    .default('chat_completions')
    .describe('Which API the upstream speaks. Default chat_completions.'),
  retries: z.int().min(0).max(10).default(2).describe('Attempts after the first, before an answer begins. Default 2.'),
  timeouts: TimeoutsSchema.prefault({}),
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

const ProviderSchema = ProviderMembers.superRefine((provider, ctx) => {
  const other = provider.dialect === 'responses' ? 'chat_completions' : 'responses';
  for (const [name, silent] of Object.entries(OF_DIALECT[other]))
    if (provider[name as keyof typeof provider] !== silent)
      ctx.addIssue({ code: 'custom', path: [name], message: `only the dialect '${other}' has this.` });
});
export type ProviderSettings = z.output<typeof ProviderSchema>;

/** Names of a list may not repeat: the later entry would hide the earlier one. */
const unique =
  <Member extends string>(member: Member) =>
  (entries: readonly Record<Member, string>[], ctx: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, { [member]: name }] of entries.entries()) {
      if (seen.has(name)) ctx.addIssue({ code: 'custom', path: [index, member], message: `'${name}' is taken.` });
      seen.add(name);
    }
  };

const ModelSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(256)
    .refine((name) => name === '*' || !name.includes('*'), {
      message: "names are matched whole: '*' stands alone, for every name that is not listed.",
    })
    .describe("Name clients use; '*' for every other name."),
  provider: z.string().describe("Id of a provider above, or 'local'."),
  upstream_model: z.string().min(1).max(256).optional().describe('Default: the name the client used.'),
  max_output_tokens: z.int().min(16).max(10_000_000).default(4096),
  price: PriceSchema.optional(),
});

const LimitsSchema = z.strictObject({
  grace_seconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe('How long a run goes on after its last client has left. Default 30.'),
  drain_seconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe('How long a stopping server waits for its runs to end. Default 8.'),
  mcp_call_seconds: z
    .number()
    .min(1)
    .max(3600)
    .optional()
    .describe('How long one call of an MCP tool may take. Default 120.'),
  max_runs: z.int().min(1).max(1_000_000).optional().describe('Runs at once in one process. Default 10000.'),
  background_runs: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Background runs at once in one process; others wait. 0: this process runs none. Default 200.'),
  queued_runs: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Background runs of one project that may wait. Default 10000.'),
});

const TrustedDocumentsSchema = z.strictObject({
  files: z
    .array(z.string().min(1))
    .min(1)
    .describe('JSON files of texts by id, as GraphQL code generators and the Relay compiler write them.'),
  required: z.boolean().default(false).describe('Every key may run these and no others. Default false.'),
  required_for: z
    .array(z.string().regex(/^key_[0-9a-f]{32}$/, { message: "expected the id of a key, 'key_…'." }))
    .default([])
    .describe('Keys that may run these and no others.'),
});
export type TrustedDocumentsSettings = z.output<typeof TrustedDocumentsSchema>;

const GraphQLSettings = z.strictObject({
  introspection: z
    .boolean()
    .default(true)
    .describe(
      'Clients may ask for the schema. Off, no error suggests a name and /schema.graphql is gone. Default true.',
    ),
  playground: z.boolean().default(true).describe('Serve the IDE at /playground. Default true.'),
  execution_seconds: z
    .number()
    .min(0.1)
    .max(3600)
    .default(30)
    .describe('How long an operation may take, unless it waits for a model. Default 30.'),
  operations_per_socket: z.int().min(1).max(1_000_000).default(100).describe('Operations at once on one WebSocket.'),
  operations_per_key: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(20_000)
    .describe('Operations of one key at once in one process, subscriptions among them. Default 20000.'),
  trusted_documents: TrustedDocumentsSchema.optional().describe('Documents that are known by their id.'),
});

const RateLimitSchema = z
  .strictObject({
    scope: z.enum(['project', 'key']).describe('Whether a project shares the rate, or each key has it for itself.'),
    model: z.string().min(1).max(256).optional().describe('Only requests to this model. Default: all, together.'),
    requests_per_minute: z.number().min(0.01).max(10_000_000).describe('Responses, chat completions, embeddings.'),
    burst: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Requests that may come at once after a pause. Default: those of ten seconds, at least one.'),
  })
  .transform(
    (limit): RateLimit => ({
      scope: limit.scope,
      model: limit.model ?? null,
      requestsPerMinute: limit.requests_per_minute,
      burst: limit.burst ?? Math.max(1, Math.ceil(limit.requests_per_minute / 6)),
    }),
  );

const MoneySchema = z.strictObject({
  unpriced_models: z
    .enum(['allow', 'deny'])
    .default('allow')
    .describe('Whether models without a price may be used, for nothing. Default allow.'),
  least_output_tokens: z
    .int()
    .min(16)
    .max(10_000_000)
    .nullable()
    .default(256)
    .describe(
      'A budget that is short cuts answers that somebody waits for down to this many tokens before it refuses them; null: it refuses at once. Default 256.',
    ),
});

const count = (byDefault: number) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(byDefault);

const KnowledgeSchema = z.strictObject({
  max_file_bytes: count(512 * 1024 ** 2).describe('Largest file. Default 512 MiB.'),
  max_project_bytes: count(20 * 1024 ** 3).describe('Bytes of files per project. Default 20 GiB.'),
  max_project_files: count(100_000).describe('Files per project. Default 100000.'),
  max_project_vector_stores: count(10_000).describe('Vector stores per project. Default 10000.'),
  max_project_chunks: count(1_000_000).describe('Chunks in the vector stores of a project. Default 1000000.'),
  embedding_model: z
    .string()
    .min(1)
    .max(256)
    .default('local-embedding-1')
    .describe('Model whose vectors stores hold, by a name of the routes. Default: the built-in one, for English.'),
  vector_cache_bytes: count(512 * 1024 ** 2).describe('Memory for vectors that are searched. Default 512 MiB.'),
});

const HttpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL.' });
const ApiKey = z.string().min(1).describe('Its key, best taken from the environment.');

const SearchEngineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('searxng'),
    url: HttpUrl.describe('Where the server is. Its search.formats has to hold json.'),
    engines: z.array(z.string().min(1)).min(1).optional().describe('Its engines to ask. Default: as it is set up.'),
    language: z.string().min(1).max(16).optional().describe('Language of results, e.g. en. Default: as it is set up.'),
  }),
  z.strictObject({
    type: z.literal('brave'),
    api_key: ApiKey,
    url: HttpUrl.default('https://api.search.brave.com/res/v1/web/search'),
  }),
  z.strictObject({
    type: z.literal('tavily'),
    api_key: ApiKey,
    url: HttpUrl.default('https://api.tavily.com/search'),
  }),
  z.strictObject({ type: z.literal('exa'), api_key: ApiKey, url: HttpUrl.default('https://api.exa.ai/search') }),
  z.strictObject({
    type: z.literal('http'),
    url: HttpUrl.describe('Takes POST {"query", "count"} and answers with JSON.'),
    api_key: ApiKey.optional(),
    results: z.string().default('').describe('Members that lead to the results, e.g. data.items. Default: none.'),
    fields: z
      .strictObject({
        url: z.string().min(1).default('link'),
        title: z.string().min(1).default('title'),
        text: z.string().min(1).default('snippet'),
      })
      .prefault({})
      .describe('How the members of a result are called. Default: link, title, snippet.'),
  }),
  z.strictObject({
    type: z.literal('local-corpus'),
    folder: z.string().min(1).describe('Documents that are searched instead of the web.'),
    base_url: z
      .url()
      .default('corpus://local/')
      .transform((url) => (url.endsWith('/') ? url : `${url}/`))
      .describe('Stands for the folder in their addresses. Default corpus://local/.'),
  }),
]);
export type SearchEngineSettings = z.output<typeof SearchEngineSchema>;

const WebSearchSchema = z.strictObject({
  engines: z.array(SearchEngineSchema).max(16).default([]).describe('Asked in this order until one answers.'),
  timeout_seconds: z.number().min(0.1).max(120).default(8).describe('For one engine. Default 8.'),
  pages: z
    .strictObject({
      timeout_seconds: z.number().min(0.1).max(120).default(10).describe('For fetching a page. Default 10.'),
      max_bytes: z
        .int()
        .min(1024)
        .max(20 << 20)
        .default(2 << 20)
        .describe('Read of a page. Default 2 MiB.'),
    })
    .prefault({})
    .describe('Pages that models open.'),
});

const isHostOrNetwork = (entry: string): boolean =>
  entry.includes('/') ? ipaddr.isValidCIDR(entry) : ipaddr.isValid(entry) || /^[a-z0-9.-]{1,253}$/i.test(entry);

/** What is called on behalf of users: webhooks, web pages, remote files. Providers are the operator's own and not limited. */
const OutboundSchema = z.strictObject({
  allow: z
    .array(
      z.string().refine(isHostOrNetwork, { message: 'expected a network (10.0.0.0/8), an address or a host name.' }),
    )
    .default([])
    .describe('What may be reached although it is not public, on every port: networks, addresses, host names.'),
});

/** `antiphon.config.yaml`: providers, model routes, prices, limits, search engines. */
export const AntiphonConfig = z.strictObject({
  currency: z.string().max(16).default('USD'),
  providers: z.array(ProviderSchema).superRefine(unique('id')).default([]),
  models: z.array(ModelSchema).superRefine(unique('name')).default([]),
  limits: LimitsSchema.default({}),
  rate_limits: z.array(RateLimitSchema).max(100).default([]).describe('Counted by each process for itself.'),
  money: MoneySchema.prefault({}),
  knowledge: KnowledgeSchema.prefault({}).describe('Files and vector stores.'),
  web_search: WebSearchSchema.prefault({}).describe('The search engines behind the tool web_search.'),
  outbound: OutboundSchema.default({ allow: [] }),
  graphql: GraphQLSettings.prefault({}).describe('What GraphQL clients may do.'),
});
export type AntiphonConfig = z.output<typeof AntiphonConfig>;

/**
 * Reads the config file; `${NAME}` stands for an environment variable.
 *
 * @throws ConfigError with the line of what is wrong
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Record<string, string | undefined>,
): AntiphonConfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const at = (offset: number | undefined): string => {
    if (offset === undefined) return file;
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const fault = document.errors[0];
  if (fault !== undefined) throw new ConfigError(`${at(fault.pos[0])}: ${fault.message.split('\n')[0]}`);

  const value = substitute(document.toJS() ?? {}, environment, file);
  const result = AntiphonConfig.safeParse(value);
  if (result.success) return checkReferences(result.data, file);
  const issue = result.error.issues[0];
  const issuePath = [...(issue?.path ?? [])];
  if (issue?.code === 'unrecognized_keys') issuePath.push(issue.keys[0] ?? '');
  const node = document.getIn(issuePath, true) ?? document.getIn(issuePath.slice(0, -1), true);
  const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0];
  throw new ConfigError(`${at(offset)}: ${issuePath.join('.')}: ${issue?.message}`);
}

/** The config file's content, or the defaults when there is none. @throws ConfigError */
export function loadConfig(
  setting: string | undefined,
  cwd: string,
  environment: Record<string, string | undefined>,
): AntiphonConfig {
  const file = path.resolve(cwd, setting ?? 'antiphon.config.yaml');
  if (!existsSync(file)) {
    if (setting !== undefined) throw new ConfigError(`ANTIPHON_CONFIG: there is no file ${file}.`);
    return AntiphonConfig.parse({});
  }
  return checkFolders(parseConfig(readFileSync(file, 'utf8'), file, environment), file, cwd);
}

function substitute(value: unknown, environment: Record<string, string | undefined>, file: string): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_match, name: string) => {
      const found = environment[name];
      if (found === undefined) throw new ConfigError(`${file}: the environment variable ${name} is not set.`);
      return found;
    });
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, environment, file));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, substitute(entry, environment, file)]));
  return value;
}

function checkReferences(config: AntiphonConfig, file: string): AntiphonConfig {
  const ids = new Set(config.providers.map((provider) => provider.id));
  for (const model of config.models)
    if (model.provider !== 'local' && !ids.has(model.provider))
      throw new ConfigError(
        `${file}: models: '${model.name}' names the provider '${model.provider}', which is not defined.`,
      );
  return config;
}

function checkFolders(config: AntiphonConfig, file: string, cwd: string): AntiphonConfig {
  for (const [index, engine] of config.web_search.engines.entries()) {
    const folder = engine.type === 'local-corpus' ? path.resolve(cwd, engine.folder) : null;
    if (folder !== null && !existsSync(folder))
      throw new ConfigError(`${file}: web_search.engines.${index}.folder: there is no folder ${folder}.`);
  }
  return config;
}
