import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Route } from './define-route.js';
import { routes } from './routes.js';

const object = (properties: Record<string, unknown>, required: string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: true,
});
const text = { type: 'string' };
const nullableText = { type: ['string', 'null'] };
const number = { type: 'integer' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const deleted = object({ id: text, object: text, deleted: { type: 'boolean' } });
const list = (name: string) =>
  object({
    object: { const: 'list' },
    data: { type: 'array', items: ref(name) },
    first_id: nullableText,
    last_id: nullableText,
    has_more: { type: 'boolean' },
  });

const webhookEndpoint = object({
  id: text,
  object: { const: 'webhook_endpoint' },
  name: text,
  url: text,
  event_types: { type: 'array', items: text },
  signing_secret_hint: text,
  enabled: { type: 'boolean' },
  disabled_reason: nullableText,
  created_at: number,
  updated_at: number,
});

const nullableNumber = { type: ['integer', 'null'] };
const nullableObject = { type: ['object', 'null'] };
const apiKey = object({
  id: text,
  object: { const: 'api_key' },
  project_id: text,
  name: text,
  hint: text,
  scopes: { type: 'array', items: text },
  models: { type: ['array', 'null'], items: text },
  created_at: number,
  expires_at: nullableNumber,
  revoked_at: nullableNumber,
  last_used_at: nullableNumber,
  old_key_expires_at: nullableNumber,
  budgets: { type: 'array', items: object({ id: text, period: text, cap: text, settled: text, reserved: text }) },
});

const textPart = object({ type: { const: 'text' }, text });
const fileCounts = object({ in_progress: number, completed: number, failed: number, cancelled: number, total: number });
const page = (name: string, entry: object, more: Record<string, unknown> = {}) =>
  object({
    object: { const: name },
    ...more,
    data: { type: 'array', items: entry },
    has_more: { type: 'boolean' },
    next_page: nullableText,
  });

/** Shapes of answers. Items and events are open: their types are those of the Responses API. */
const answers = {
  Item: object({ type: text, id: text }, ['type']),
  Usage: object({
    input_tokens: number,
    input_tokens_details: object({ cached_tokens: number }),
    output_tokens: number,
    output_tokens_details: object({ reasoning_tokens: number }),
    total_tokens: number,
  }),
  Response: object(
    {
      id: text,
      object: { const: 'response' },
      status: { enum: ['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'] },
      model: text,
      created_at: number,
      completed_at: { type: ['integer', 'null'] },
      output: { type: 'array', items: ref('Item') },
      usage: { anyOf: [ref('Usage'), { type: 'null' }] },
      error: { anyOf: [object({ code: text, message: text }), { type: 'null' }] },
      previous_response_id: nullableText,
      conversation: { anyOf: [object({ id: text }), { type: 'null' }] },
      instructions: nullableText,
      metadata: { type: 'object', additionalProperties: text },
    },
    ['id', 'object', 'status', 'model', 'created_at', 'output'],
  ),
  DeletedResponse: deleted,
  Compaction: object({
    id: text,
    object: { const: 'response.compaction' },
    created_at: number,
    output: { type: 'array', items: ref('Item') },
    usage: ref('Usage'),
  }),
  InputTokens: object({ object: { const: 'response.input_tokens' }, input_tokens: number }),
  ItemList: list('Item'),
  Conversation: object({
    id: text,
    object: { const: 'conversation' },
    created_at: number,
    metadata: { type: 'object', additionalProperties: text },
  }),
  ConversationList: list('Conversation'),
  DeletedConversation: deleted,
  Prompt: object({
    id: text,
    object: { const: 'prompt' },
    name: text,
    display_name: nullableText,
    instructions: nullableText,
    model: nullableText,
    temperature: { type: ['number', 'null'] },
    tools: { type: 'array', items: object({ type: text }) },
    variables: { type: 'object' },
    metadata: { type: 'object', additionalProperties: text },
    version: number,
    created_at: number,
    updated_at: number,
  }),
  PromptList: list('Prompt'),
  DeletedPrompt: deleted,
  Model: object({ id: text, object: { const: 'model' }, created: number, owned_by: text }),
  ModelList: object({ object: { const: 'list' }, data: { type: 'array', items: ref('Model') } }),
  File: object(
    {
      id: text,
      object: { const: 'file' },
      bytes: number,
      created_at: number,
      expires_at: number,
      filename: text,
      purpose: text,
      status: { enum: ['uploaded', 'processed', 'error'] },
      sha256: text,
    },
    ['id', 'object', 'bytes', 'created_at', 'filename', 'purpose', 'status'],
  ),
  WebhookEventTypeList: object({ object: { const: 'list' }, data: { type: 'array', items: text } }),
  WebhookEndpoint: webhookEndpoint,
  WebhookEndpointWithSecret: { allOf: [ref('WebhookEndpoint'), object({ signing_secret: text })] },
  WebhookEndpointList: list('WebhookEndpoint'),
  DeletedWebhookEndpoint: deleted,
  WebhookEndpointTest: object({
    object: { const: 'webhook_endpoint.test' },
    webhook_endpoint_id: text,
    event_type: text,
    status_code: number,
    success: { const: true },
  }),
  WebhookDelivery: object({
    id: text,
    object: { const: 'webhook_endpoint.delivery' },
    webhook_endpoint_id: text,
    event_id: text,
    event_type: text,
    response_id: text,
    status: { enum: ['pending', 'succeeded', 'failed'] },
    attempts: number,
    last_status_code: { type: ['integer', 'null'] },
    last_error: nullableText,
    created_at: number,
    last_attempt_at: { type: ['integer', 'null'] },
  }),
  WebhookDeliveryList: list('WebhookDelivery'),
  FileList: list('File'),
  FileContent: { type: 'string', format: 'binary' },
  DeletedFile: deleted,
  VectorStore: object({
    id: text,
    object: { const: 'vector_store' },
    created_at: number,
    name: text,
    description: nullableText,
    status: { enum: ['in_progress', 'completed', 'expired'] },
    usage_bytes: number,
    file_counts: fileCounts,
    last_active_at: number,
    expires_after: { anyOf: [object({ anchor: { const: 'last_active_at' }, days: number }), { type: 'null' }] },
    expires_at: { type: ['integer', 'null'] },
    metadata: { type: 'object', additionalProperties: text },
    search: object({
      mode: { enum: ['hybrid', 'degraded'] },
      note: nullableText,
      embedding_model: text,
      embedding_dimensions: { type: ['integer', 'null'] },
    }),
  }),
  VectorStoreList: list('VectorStore'),
  DeletedVectorStore: deleted,
  VectorStoreFile: object({
    id: text,
    object: { const: 'vector_store.file' },
    created_at: number,
    vector_store_id: text,
    status: { enum: ['in_progress', 'completed', 'failed', 'cancelled'] },
    last_error: {
      anyOf: [
        object({ code: { enum: ['server_error', 'unsupported_file', 'invalid_file'] }, message: text }),
        { type: 'null' },
      ],
    },
    usage_bytes: number,
    attributes: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    chunking_strategy: object({ type: { const: 'static' }, static: { type: 'object' } }),
  }),
  VectorStoreFileList: list('VectorStoreFile'),
  DeletedVectorStoreFile: deleted,
  VectorStoreFileContent: page('vector_store.file_content.page', textPart),
  VectorStoreFileBatch: object({
    id: text,
    object: { const: 'vector_store.files_batch' },
    created_at: number,
    vector_store_id: text,
    status: { enum: ['in_progress', 'completed', 'failed', 'cancelled'] },
    file_counts: fileCounts,
  }),
  VectorStoreSearchPage: page(
    'vector_store.search_results.page',
    object({
      file_id: text,
      filename: text,
      score: { type: 'number' },
      attributes: { type: 'object' },
      content: { type: 'array', items: textPart },
    }),
    { search_query: { type: 'array', items: text } },
  ),
  Budget: object({
    id: text,
    object: { const: 'budget' },
    scope: { enum: ['project', 'key', 'end_user', 'label'] },
    key_id: nullableText,
    subject: nullableText,
    period: { enum: ['total', 'day', 'week', 'month', 'rolling'] },
    time_zone: text,
    rolling_seconds: { type: ['integer', 'null'] },
    limit: text,
    enforced: { type: 'boolean' },
    spent: text,
    reserved: text,
    resets_at: { type: ['integer', 'null'] },
    created_at: number,
  }),
  BudgetList: list('Budget'),
  DeletedBudget: deleted,
  Price: object({
    id: text,
    object: { const: 'price' },
    model: text,
    input: text,
    cached_input: text,
    output: text,
    reasoning: text,
    tool_calls: { type: 'object', additionalProperties: text },
    effective_at: number,
    created_at: number,
  }),
  PriceList: list('Price'),
  DeletedPrice: deleted,
  UsageRow: object(
    {
      object: { const: 'usage.row' },
      start_time: number,
      end_time: number,
      key_id: text,
      model: nullableText,
      provider: nullableText,
      end_user: nullableText,
      label: nullableText,
      tool: text,
      num_requests: number,
      num_tool_calls: { type: ['integer', 'null'] },
      input_tokens: { type: ['integer', 'null'] },
      cached_input_tokens: { type: ['integer', 'null'] },
      output_tokens: { type: ['integer', 'null'] },
      reasoning_tokens: { type: ['integer', 'null'] },
      amount: nullableText,
    },
    ['object', 'start_time', 'end_time', 'num_requests'],
  ),
  UsageRowList: list('UsageRow'),
  UsageExport: text,
  ChatCompletion: object({ id: text, object: { const: 'chat.completion' }, model: text, choices: { type: 'array' } }),
  EmbeddingList: object({
    object: { const: 'list' },
    model: text,
    data: {
      type: 'array',
      items: object({
        object: { const: 'embedding' },
        index: number,
        embedding: { anyOf: [{ type: 'array', items: { type: 'number' } }, text] },
      }),
    },
    usage: object({ prompt_tokens: number, total_tokens: number }),
  }),
  ClientToken: object({
    object: { const: 'client_token' },
    value: text,
    user: text,
    scopes: { type: 'array', items: text },
    models: { type: ['array', 'null'], items: text },
    expires_at: number,
  }),
  ApiKey: apiKey,
  ApiKeyList: list('ApiKey'),
  ApiKeyWithValue: { allOf: [ref('ApiKey'), object({ value: text })] },
  Project: object({ id: text, object: { const: 'project' }, name: text, created_at: number }),
  ProjectList: list('Project'),
  AuditEntry: object({
    id: text,
    object: { const: 'audit_log.entry' },
    action: text,
    actor: { enum: ['key', 'command_line', 'server'] },
    api_key_id: nullableText,
    target_id: text,
    before: nullableObject,
    after: nullableObject,
    request_id: nullableText,
    created_at: number,
  }),
  AuditLog: list('AuditEntry'),
  Error: object({
    error: object({ message: text, type: text, param: nullableText, code: nullableText }),
  }),
};

/** Schemas that refer to themselves, by names of their own among the document's. */
const recursive: Record<string, object> = {};

const inputSchema = (schema: z.ZodType): object => {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  if (rest.$defs === undefined) return rest;
  // References are resolved from the whole document's root, not from this schema's. Equal definitions share a name.
  const prefix = hash('sha256', JSON.stringify(rest.$defs), 'hex').slice(0, 8);
  const moved = JSON.stringify(rest).replaceAll('"#/$defs/__schema', `"#/components/schemas/Recursive${prefix}x`);
  const { $defs, ...body } = JSON.parse(moved) as { $defs: Record<string, object> };
  for (const [name, definition] of Object.entries($defs))
    recursive[name.replace('__schema', `Recursive${prefix}x`)] = definition;
  return body;
};

/** `/prompts/:id/versions` → `PromptsIdVersions`; what a wildcard stands for is an id. */
const nameOf = (path: string): string =>
  path.replace('*', ':id').replaceAll(/[/:]+(\w?)/g, (_match, first: string) => first.toUpperCase());

function operation(route: Route): object {
  const names = [...route.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1]);
  const wildcard = route.path.endsWith('*') ? ['id'] : [];
  const parametersOf = (schema: z.ZodType | undefined, place: 'query' | 'header') =>
    schema === undefined
      ? []
      : Object.entries((inputSchema(schema) as { properties?: Record<string, object> }).properties ?? {}).map(
          ([name, described]) => ({ name, in: place, required: false, schema: described }),
        );
  const streams = ['/responses', '/responses/:id', '/chat/completions'].includes(route.path);
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${nameOf(route.path)}`,
    parameters: [
      ...[...names, ...wildcard].map((name) => ({ name, in: 'path', required: true, schema: text })),
      ...parametersOf(route.query, 'query'),
      ...parametersOf(route.headers, 'header'),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [route.bodyType ?? 'application/json']: { schema: inputSchema(route.body) } },
          },
        }),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Success.',
        content: {
          [route.answerType ?? 'application/json']: { schema: ref(route.answers) },
          ...(streams && route.method !== 'DELETE' ? { 'text/event-stream': { schema: text } } : {}),
        },
      },
      default: { description: 'An error.', content: { 'application/json': { schema: ref('Error') } } },
    },
  };
}

/** The OpenAPI 3.1 document of the REST door, made from the routes and the schemas that check their bodies. */
export function buildOpenApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace('*', '{id}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Antiphon', version: '1', description: 'Responses API. Also answers under /v1.' },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }],
    paths,
    components: { schemas: { ...answers, ...recursive }, securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  };
}
