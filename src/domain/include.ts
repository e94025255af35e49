import type { Item } from './item.js';

/** What a response or a list of items shows only when asked (request body section, "`include` values"). */
export const INCLUDABLE = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
] as const;

export type Includable = (typeof INCLUDABLE)[number];

/** What a request asked to see. */
export type Include = ReadonlySet<Includable>;

export const includeNothing: Include = new Set();

type Members = Record<string, unknown>;
type Hide = (item: Members, include: Include) => Members;

const objectOf = (value: unknown): Members | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;

/** The object without a member that is there; the object itself if it is not. */
const without = (object: Members, member: string): Members => {
  if (object[member] === undefined) return object;
  const { [member]: _hidden, ...rest } = object;
  return rest;
};

const withNull = (object: Members, member: string): Members =>
  object[member] == null ? object : { ...object, [member]: null };

/** The parts of a content that hide something, each without it; the same array if none does. */
function hideInParts(content: unknown, include: Include): unknown {
  if (!Array.isArray(content)) return content;
  let shown: unknown[] | null = null;
  for (const [index, value] of content.entries()) {
    const part = objectOf(value);
    if (part === null) continue;
    let seen = part;
    if (part.type === 'output_text' && !include.has('message.output_text.logprobs') && hasLogprobs(part))
      seen = { ...part, logprobs: [] };
    if (part.type === 'input_image' && !include.has('message.input_image.image_url'))
      seen = withNull(part, 'image_url');
    if (seen === part) continue;
    shown ??= [...content];
    shown[index] = seen;
  }
  return shown ?? content;
}

const hasLogprobs = ({ logprobs }: Members): boolean => Array.isArray(logprobs) && logprobs.length > 0;

/** What each kind of item keeps to itself, by the wire's name of the kind. */
const HIDING: Record<string, Hide> = {
  message(item, include) {
    const content = hideInParts(item.content, include);
    return content === item.content ? item : { ...item, content };
  },
  file_search_call: (item, include) => (include.has('file_search_call.results') ? item : withNull(item, 'results')),
  web_search_call(item, include) {
    const shown = include.has('web_search_call.results') ? item : without(item, 'results');
    const action = objectOf(shown.action);
    if (action?.sources === undefined || include.has('web_search_call.action.sources')) return shown;
    return { ...shown, action: without(action, 'sources') };
  },
  computer_call_output(item, include) {
    const output = objectOf(item.output);
    if (output?.image_url == null || include.has('computer_call_output.output.image_url')) return item;
    return { ...item, output: withNull(output, 'image_url') };
  },
  code_interpreter_call: (item, include) =>
    include.has('code_interpreter_call.outputs') ? item : withNull(item, 'outputs'),
  reasoning: (item, include) =>
    include.has('reasoning.encrypted_content') ? item : without(item, 'encrypted_content'),
};

/** An item as a request may see it. What is stored is complete; nothing is copied for an item that hides nothing. */
export function visibleItem(item: Item, include: Include): Item {
  const hide = Object.hasOwn(HIDING, item.type) ? HIDING[item.type] : undefined;
  return hide === undefined ? item : (hide(item as Members, include) as Item);
}

export const visibleItems = (items: readonly Item[], include: Include): Item[] =>
  items.map((item) => visibleItem(item, include));
