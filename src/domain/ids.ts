import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/**
 * Ids are UUID v7 inside (time-ordered, so keyset pages need nothing else) and `<prefix>_<32 hex digits>` outside.
 * Prefixes are the Responses API's own where it has them.
 */
const itemPrefixes = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  file_search_call: 'fs',
  web_search_call: 'ws',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  computer_call: 'cu',
  computer_call_output: 'cuo',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  mcp_list_tools: 'mcpl',
  mcp_call: 'mcp',
  mcp_approval_request: 'mcpr',
  mcp_approval_response: 'mcpa',
  compaction: 'cmp',
  item: 'item',
} as const;

const idPrefixes = {
  ...itemPrefixes,
  request: 'req',
  response: 'resp',
  conversation: 'conv',
  prompt: 'pmpt',
  promptVersion: 'pmptv',
  key: 'key',
  project: 'proj',
  audit: 'audit',
  event: 'evt',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  budget: 'bdgt',
  price: 'price',
  storagePrice: 'sprice',
  file: 'file',
  vectorStore: 'vs',
  fileBatch: 'vsfb',
} as const;

export type IdKind = keyof typeof idPrefixes;

const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');
/** Where each byte of a UUID begins in its text. */
const HEX_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** A new id for the database: a UUID v7, increasing within this process. */
export const newUuid = createUuidSource();

/** `resp_…` and friends from a UUID. */
export const toPublicId = (kind: IdKind, uuid: string): string => `${idPrefixes[kind]}_${hexOf(uuid)}`;

/** The id prefix of an item type; types we do not know share `item_`. */
const itemIdKind = (itemType: string): IdKind =>
  Object.hasOwn(itemPrefixes, itemType) ? (itemType as IdKind) : 'item';

/** The public id of an item of this type. */
export const toItemId = (itemType: string, uuid: string): string => toPublicId(itemIdKind(itemType), uuid);

const HEX32 = /^[0-9a-f]{32}$/;

/** The UUID behind a public id of this kind, or null if it cannot be one (wrong prefix, wrong shape). */
export function parsePublicId(kind: IdKind, id: string): string | null {
  const prefix = `${idPrefixes[kind]}_`;
  return id.startsWith(prefix) ? parseHex(id.slice(prefix.length)) : null;
}

/** What public ids of this kind begin with. */
export const prefixOf = (kind: IdKind): string => idPrefixes[kind];

/** What public ids of items begin with. */
export const allItemPrefixes: readonly string[] = Object.values(itemPrefixes);

/** The UUID behind any public item id, whatever its prefix, or null. */
export function parseItemId(id: string): string | null {
  const cut = id.lastIndexOf('_');
  return cut < 1 ? null : parseHex(id.slice(cut + 1));
}

/** Versions of prompts have no UUID of their own: `pmptv_<32 hex digits of the prompt>_<number>`. */
export const toPromptVersionId = (promptUuid: string, version: number): string =>
  `${toPublicId('promptVersion', promptUuid)}_${version}`;

/** The prompt's UUID and the number of the version, or null. */
export function parsePromptVersionId(id: string): { promptId: string; version: number } | null {
  const cut = id.lastIndexOf('_');
  const promptId = parsePublicId('promptVersion', id.slice(0, cut));
  const version = parseVersion(id.slice(cut + 1));
  return promptId === null || version === null ? null : { promptId, version };
}

/** The number of a version as it is written; null for what can be none. */
export const parseVersion = (text: string): number | null => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : null);

/** A `call_…` id: what pairs a tool call with its output. At most 64 characters by the specification. */
export const newCallId = (): string => `call_${hexOf(newUuid())}`;

/**
 * Draws random bytes by the page and prints by table: a request needs half a dozen ids, and asking the system for each, or
 * gluing each from its bytes, costs more than all the rest of making them. Ids of one millisecond, or of a clock that was set
 * back, are told apart by a counter.
 */
function createUuidSource(): () => string {
  const page = Buffer.alloc(16 * 256);
  const randoms = Array.from({ length: 256 }, (_, index) => page.subarray(index * 16, index * 16 + 16));
  const bytes = Buffer.alloc(16);
  const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');
  let used = randoms.length;
  let msecs = 0;
  let seq = 0;
  return () => {
    if (used === randoms.length) {
      randomFillSync(page);
      used = 0;
    }
    const random = randoms[used] as Buffer;
    used += 1;
    const nowMs = Date.now();
    // A random start, with room to count on, keeps the ids of other processes apart too.
    seq = nowMs > msecs ? random.readUInt32LE() >>> 1 : seq + 1;
    msecs = Math.max(msecs, nowMs);
    v7({ msecs, seq, random }, bytes);
    for (let index = 0; index < 16; index += 1) {
      const byte = bytes[index] as number;
      const place = HEX_PLACES[index] as number;
      text[place] = HEX_DIGITS[byte >> 4] as number;
      text[place + 1] = HEX_DIGITS[byte & 15] as number;
    }
    return text.toString('latin1');
  };
}

/** Its dashes stand where they always do; looking for them costs several times as much. */
const hexOf = (uuid: string): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);

function parseHex(hex: string): string | null {
  if (!HEX32.test(hex)) return null;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
