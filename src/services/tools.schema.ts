import { z } from 'zod';
import type { Tool } from '../domain/tool.js';
import { findSizeFault } from '../tools/json-schema/limits.js';
import { findStrictFault } from '../tools/json-schema/strict.js';
import { withoutMcpSecrets } from '../tools/mcp/server.js';
import { AttributeFilterInput, RankingOptions } from './knowledge/vector-store.schema.js';

/** A name that models can be given: of a function, a custom tool, an output format (limits section). */
export const modelName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, { message: 'use letters, digits, underscores and dashes only.' });

const JsonObject = z.record(z.string(), z.unknown());

const FunctionTool = z
  .looseObject({
    type: z.literal('function'),
    name: modelName,
    description: z.string().max(100_000).nullish(),
    parameters: JsonObject.nullish(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ name: called, parameters, strict }, ctx) => {
    if (parameters == null) return;
    const fault =
      findSizeFault(parameters) ?? findRootFault(parameters) ?? (strict === true ? findStrictFault(parameters) : null);
    if (fault === null) return;
    ctx.addIssue({
      code: 'custom',
      path: ['parameters'],
      message: `invalid schema for function '${called}': ${fault}`,
      params: { code: 'invalid_function_parameters' },
    });
  });

/** Arguments are an object; a schema that says otherwise describes no function. */
const findRootFault = ({ type, properties, required }: Record<string, unknown>): string | null => {
  if (type !== undefined && type !== 'object') return "the schema must be of type 'object'.";
  const isMap = typeof properties === 'object' && properties !== null && !Array.isArray(properties);
  if (properties !== undefined && !isMap) return "'properties' must be an object.";
  const isNames = Array.isArray(required) && required.every((member) => typeof member === 'string');
  return required === undefined || isNames ? null : "'required' must be an array of strings.";
};

/** Longest grammar a custom tool may bring. */
const MAX_GRAMMAR = 65_536;

const CustomTool = z.looseObject({
  type: z.literal('custom'),
  name: modelName,
  description: z.string().max(100_000).nullish(),
  format: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('text') }),
      z.looseObject({
        type: z.literal('grammar'),
        syntax: z.enum(['lark', 'regex']),
        definition: z.string().min(1).max(MAX_GRAMMAR),
      }),
    ])
    .nullish(),
});

const NamespaceTool = z.looseObject({
  type: z.literal('namespace'),
  name: modelName,
  description: z.string().max(100_000).nullish(),
  tools: z
    .array(z.discriminatedUnion('type', [FunctionTool, CustomTool]))
    .min(1)
    .max(128),
});

const ToolFilter = z.looseObject({
  tool_names: z.array(z.string().max(256)).max(512).nullish(),
  read_only: z.boolean().nullish(),
});

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/, { message: 'this is not a header name.' });
const headerValue = z
  .string()
  .max(16_384)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, { message: 'this cannot be sent in a header.' });

/** Headers of the connection itself, which are not the caller's to set. */
const OWN_HEADERS =
  /^(host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|accept|mcp-.*|last-event-id)$/i;

const McpTool = z
  .looseObject({
    type: z.literal('mcp'),
    server_label: modelName,
    server_url: z.string().min(1).max(2048).nullish(),
    server_description: z.string().max(100_000).nullish(),
    authorization: headerValue.nullish(),
    headers: z.record(headerName, headerValue).nullish(),
    allowed_tools: z.union([z.array(z.string().max(256)).max(512), ToolFilter]).nullish(),
    require_approval: z
      .union([
        z.enum(['always', 'never']),
        z.looseObject({ always: ToolFilter.nullish(), never: ToolFilter.nullish() }),
      ])
      .nullish(),
  })
  .superRefine(({ headers, connector_id, tunnel_id, server_url }, ctx) => {
    const refuse = (member: string, code: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [member], message, params: { code } });
    for (const [member, value] of Object.entries({ connector_id, tunnel_id }))
      if (value !== undefined && value !== null)
        refuse(member, 'unsupported_value', 'this server has no connectors or tunnels: give the server by server_url.');
    if (server_url === undefined || server_url === null)
      refuse('server_url', 'missing_required_parameter', 'the URL of the server is missing.');
    const own = Object.keys(headers ?? {}).find((header) => OWN_HEADERS.test(header));
    if (own !== undefined) refuse('headers', 'invalid_value', `the header '${own}' cannot be set.`);
  });

const FileSearchTool = z.looseObject({
  type: z.literal('file_search'),
  vector_store_ids: z.array(z.string().min(1).max(256)).max(100).optional(),
  filters: AttributeFilterInput.nullish(),
  max_num_results: z.int().min(1).max(50).optional(),
  ranking_options: RankingOptions.optional(),
});

const WEB_SEARCH_TYPES = [
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
] as const;

const Domains = z
  .array(
    z
      .string()
      .max(253)
      .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u, {
        message: 'give a domain without scheme and path, such as example.com.',
      }),
  )
  .max(100);

const place = z.string().max(256).nullish();

const WebSearchTool = z.looseObject({
  type: z.enum(WEB_SEARCH_TYPES),
  filters: z.looseObject({ allowed_domains: Domains.nullish(), blocked_domains: Domains.nullish() }).nullish(),
  search_context_size: z.enum(['low', 'medium', 'high']).optional(),
  user_location: z
    .looseObject({
      type: z.literal('approximate').nullish(),
      country: z
        .string()
        .regex(/^[A-Za-z]{2}$/, { message: 'give a country by its two letters, such as DE.' })
        .nullish(),
      region: place,
      city: place,
      timezone: place,
    })
    .nullish(),
  external_web_access: z.boolean().nullish(),
});

/** Tool types of the API that this server does not run itself: whether an upstream does is known once the model is. */
const FOREIGN = [
  'code_interpreter',
  'image_generation',
  'shell',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
  'tool_search',
  'programmatic_tool_calling',
];

const schemas: Record<string, z.ZodType> = {
  function: FunctionTool,
  custom: CustomTool,
  namespace: NamespaceTool,
  mcp: McpTool,
  file_search: FileSearchTool,
  ...Object.fromEntries(WEB_SEARCH_TYPES.map((type) => [type, WebSearchTool])),
};

/** A tool of a request or a prompt (tools section). */
const ToolInput = z.looseObject({ type: z.string() }).superRefine((tool, ctx) => {
  const schema = Object.hasOwn(schemas, tool.type) ? schemas[tool.type] : undefined;
  if (schema !== undefined) {
    for (const issue of schema.safeParse(tool, { reportInput: true }).error?.issues ?? []) ctx.addIssue(issue as never);
    return;
  }
  if (FOREIGN.includes(tool.type)) return;
  const supported = [...Object.keys(schemas), ...FOREIGN].map((type) => `'${type}'`);
  ctx.addIssue({
    code: 'custom',
    path: ['type'],
    message: `supported values are: ${supported.join(', ')}.`,
    params: { code: 'invalid_value' },
  });
});

export const Tools = z
  .array(ToolInput)
  .max(128)
  .superRefine((tools, ctx) => {
    const names = new Set<unknown>();
    for (const [index, tool] of tools.entries()) {
      const hasName = typeof tool.name === 'string';
      const called = hasName ? tool.name : tool.type === 'mcp' ? `mcp ${String(tool.server_label)}` : tool.type;
      if (names.has(called))
        ctx.addIssue({
          code: 'custom',
          path: [index, hasName ? 'name' : tool.type === 'mcp' ? 'server_label' : 'type'],
          message: `two tools are called '${String(called)}'.`,
        });
      names.add(called);
    }
  });

const isWebSearch = (tool: Tool): boolean => (WEB_SEARCH_TYPES as readonly string[]).includes(tool.type);

/** A tool as a response echoes it and as it is kept: with its defaults, without secrets (response object section, "tool echo"). */
export function withToolDefaults(tool: Tool): Tool {
  if (tool.type === 'function')
    return {
      ...tool,
      description: tool.description ?? null,
      parameters: tool.parameters ?? null,
      strict: tool.strict ?? (tool.parameters == null || findStrictFault(tool.parameters) === null),
    };
  if (tool.type === 'custom') return { ...tool, format: tool.format ?? { type: 'text' } };
  if (tool.type === 'mcp')
    return withoutMcpSecrets({ allowed_tools: null, require_approval: 'always', server_description: null, ...tool });
  if (tool.type === 'namespace') return { ...tool, tools: (tool.tools as Tool[]).map(withToolDefaults) };
  if (tool.type === 'file_search')
    return {
      filters: null,
      max_num_results: 20,
      ranking_options: { ranker: 'auto', score_threshold: 0 },
      ...tool,
    };
  if (isWebSearch(tool))
    return {
      filters: null,
      search_context_size: 'medium',
      user_location: { type: 'approximate', country: 'US', city: null, region: null, timezone: null },
      ...tool,
    };
  return tool;
}
