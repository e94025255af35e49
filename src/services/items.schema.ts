import { z } from 'zod';
import type { ContentPart } from '../domain/content.js';
import { newUuid, parseItemId, toItemId } from '../domain/ids.js';
import type { Item } from '../domain/item.js';

/** 10 MiB of characters: the limit of any text value (limits section). */
const MAX_TEXT = 10_485_760;

const text = z.string().max(MAX_TEXT);
const callId = z.string().min(1).max(64);

/** Nothing but the web and the request itself: an upstream might open other addresses, such as `file:`, on its own machine. */
const imageUrl = z
  .string()
  .max(20_971_520)
  .refine((url) => /^(https?:\/\/[^/\s]|data:[^,]{0,256};base64,.)/i.test(url), {
    message: 'expected an http or https URL, or a data URL in base64.',
  });

const part = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.looseObject({ type: z.literal(type), ...shape });

const KNOWN_PARTS = {
  input_text: part('input_text', { text }),
  output_text: part('output_text', { text, annotations: z.array(z.looseObject({ type: z.string() })).optional() }),
  refusal: part('refusal', { refusal: text }),
  input_image: part('input_image', {
    image_url: imageUrl.nullish(),
    file_id: z.string().max(256).nullish(),
    detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
  }),
  input_file: part('input_file', {
    file_data: z.string().max(33_554_432).nullish(),
    file_id: z.string().max(256).nullish(),
    file_url: z.string().max(20_480).nullish(),
    filename: z.string().max(1024).nullish(),
    detail: z.enum(['auto', 'low', 'high']).nullish(),
  }),
};

/** Checks a tagged object by the schema of its type; types this version does not know pass unharmed. */
const byType = (schemas: Record<string, z.ZodType>) =>
  z.looseObject({ type: z.string().min(1).max(64) }).superRefine((value, ctx) => {
    if (!Object.hasOwn(schemas, value.type)) return;
    const result = schemas[value.type]?.safeParse(value, { reportInput: true });
    for (const issue of result?.error?.issues ?? []) ctx.addIssue(issue as never);
  });

const ContentPartInput = byType(KNOWN_PARTS);
const Content = z.union([text, z.array(ContentPartInput).max(10_000)]);

const MessageInput = z.looseObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: Content,
});

const CallPart = z.looseObject({ call_id: callId });

const TextPart = z.looseObject({ type: z.string(), text });

const KNOWN_ITEMS: Record<string, z.ZodType> = {
  message: MessageInput,
  function_call: z.looseObject({ call_id: callId, name: z.string().min(1).max(256), arguments: text }),
  function_call_output: z.looseObject({ call_id: callId, output: Content }),
  custom_tool_call: z.looseObject({ call_id: callId, name: z.string().min(1).max(256), input: text }),
  custom_tool_call_output: z.looseObject({ call_id: callId, output: Content }),
  // Run by others; here their calls and outputs only have to find each other.
  computer_call: CallPart,
  computer_call_output: CallPart,
  shell_call: CallPart,
  shell_call_output: CallPart,
  apply_patch_call: CallPart,
  apply_patch_call_output: CallPart,
  reasoning: z.looseObject({
    summary: z.array(TextPart),
    content: z.array(TextPart).nullish(),
    encrypted_content: text.nullish(),
  }),
  file_search_call: z.looseObject({ queries: z.array(text), results: z.array(z.looseObject({})).nullish() }),
  web_search_call: z.looseObject({
    action: z
      .looseObject({
        type: z.string(),
        query: text.nullish(),
        queries: z.array(text).nullish(),
        url: text.nullish(),
        pattern: text.nullish(),
        sources: z.array(z.looseObject({ type: z.string(), url: text.nullish() })).nullish(),
      })
      .nullish(),
    results: z.array(z.looseObject({ url: text.nullish(), title: text.nullish(), text: text.nullish() })).nullish(),
  }),
  compaction: z.looseObject({ encrypted_content: text.min(1) }),
  mcp_list_tools: z.looseObject({
    server_label: z.string().max(64),
    tools: z.array(z.looseObject({ name: z.string().max(256), input_schema: z.unknown() })).max(512),
  }),
  mcp_call: z.looseObject({
    server_label: z.string().max(64),
    name: z.string().max(256),
    arguments: text,
    output: text.nullish(),
  }),
  mcp_approval_request: z.looseObject({
    server_label: z.string().max(64),
    name: z.string().max(256),
    arguments: text,
  }),
  mcp_approval_response: z.looseObject({
    approval_request_id: z.string().min(1).max(256),
    approve: z.boolean(),
    reason: text.nullish(),
  }),
  item_reference: z.looseObject({ id: z.string().min(1).max(256) }),
};

/** An item without a type is a message if it has a role, and a reference if it only has an id. */
const withType = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'type' in value) return value;
  if ('role' in value) return { type: 'message', ...value };
  return 'id' in value ? { type: 'item_reference', ...value } : value;
};

/** One input item as a request carries it (items section). */
export const InputItem = z.preprocess(withType, byType(KNOWN_ITEMS)).describe('An item of the Responses API.');

/** An item as it is stored: with an id of ours and its content as parts. */
export interface StoredItem {
  uuid: string;
  item: Item;
}

/** Gives an input item its id and its stored shape; ids the caller sent are replaced, `call_id` is kept. */
export function toStoredItem(input: { type: string; [member: string]: unknown }): StoredItem {
  if (input.type === 'message') {
    const { type: _type, id: _id, status: _status, role, content, ...rest } = input;
    return toStoredMessage(String(role), toParts(String(role), content as string | ContentPart[]), rest);
  }
  const uuid = newUuid();
  const id = toItemId(input.type, uuid);
  const status = HAS_STATUS.has(input.type) ? { status: input.status ?? 'completed' } : {};
  return { uuid, item: { ...input, ...status, id } as Item };
}

/** The same for a user's message with this text. */
export const toUserMessage = (text: string): StoredItem => toStoredMessage('user', toParts('user', text));

function toStoredMessage(role: string, content: ContentPart[], rest?: Record<string, unknown>): StoredItem {
  const uuid = newUuid();
  return {
    uuid,
    item: { type: 'message', id: toItemId('message', uuid), status: 'completed', role, content, ...rest },
  };
}

/** An item that was stored, with the UUID of its id. */
export const toStored = (item: Item): StoredItem => ({ uuid: parseItemId(item.id ?? '') ?? newUuid(), item });

const HAS_STATUS = new Set(['function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output']);

function toParts(role: string, content: string | ContentPart[]): ContentPart[] {
  if (typeof content !== 'string') {
    return content.map((p) => (p.type === 'output_text' ? { annotations: [], ...p } : p) as ContentPart);
  }
  return role === 'assistant'
    ? [{ type: 'output_text', text: content, annotations: [] }]
    : [{ type: 'input_text', text: content }];
}
