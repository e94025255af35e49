import type { CustomFormat } from '../../domain/tool.js';
import type { ModelFunction, ModelStreamPart } from '../provider.js';
import { objectOf, parseJson } from './json.js';

/**
 * Custom tools for upstreams that have none: the model sees a function with one text, `input`; what it writes there is
 * taken out of the JSON again while it streams. A grammar is part of the description, which asks for it but cannot enforce
 * it.
 */
export function emulatedCustomTool(fn: ModelFunction, format: CustomFormat): Record<string, unknown> {
  const rule =
    format.type === 'text'
      ? null
      : `The input must match this ${format.syntax === 'regex' ? 'regular expression' : 'Lark grammar'} from its first to its last character:\n${format.definition}`;
  const description = [fn.description, rule].filter((text) => text !== null && text !== '').join('\n\n');
  return {
    type: 'function',
    function: {
      name: fn.name,
      ...(description === '' ? {} : { description }),
      parameters: {
        type: 'object',
        properties: { input: { type: 'string', description: 'The whole input, as plain text.' } },
        required: ['input'],
        additionalProperties: false,
      },
    },
  };
}

/** The same parts, with the bare text as arguments of the calls of custom tools. */
export async function* unwrapCustomInputs(
  batches: AsyncIterable<readonly ModelStreamPart[]>,
  functions: readonly ModelFunction[],
): AsyncGenerator<readonly ModelStreamPart[]> {
  const custom = new Set(functions.filter((fn) => fn.custom !== undefined).map((fn) => fn.name));
  const open = new Map<number, InputReader>();

  const unwrapped = (part: ModelStreamPart): ModelStreamPart[] => {
    if (part.type === 'tool-call' && custom.has(part.name)) open.set(part.index, createInputReader());
    if (part.type === 'tool-call-arguments') {
      const reader = open.get(part.index);
      if (reader === undefined) return [part];
      const delta = reader.push(part.delta);
      return delta === '' ? [] : [{ ...part, delta }];
    }
    if (part.type !== 'usage' && part.type !== 'finish') return [part];
    const rests = [...open].map(([index, reader]) => ({ index, delta: reader.end() }));
    open.clear();
    const late = rests.filter(({ delta }) => delta !== '');
    return [...late.map(({ index, delta }) => ({ type: 'tool-call-arguments' as const, index, delta })), part];
  };

  for await (const batch of batches) {
    const parts = batch.flatMap(unwrapped);
    if (parts.length > 0) yield parts;
  }
}

interface InputReader {
  /** Takes a piece of the JSON; answers the piece of the text that is certain by now. */
  push(piece: string): string;
  /** The rest of the text, if the JSON was not what was asked for. */
  end(): string;
}

const HEAD = /^\s*\{\s*"input"\s*:\s*"/;
/** Longer than any head a model writes: what is not one by then is something else. */
const MAX_HEAD = 256;
/** Arguments of another shape wait no longer than this: they go on as they come then. */
const MAX_WAITING = 1 << 20;
const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Reads the text out of `{"input": "…"}` piece by piece. Arguments of any other shape wait for their end: the only text in
 * them is taken then, or all of it as the model wrote it.
 */
function createInputReader(): InputReader {
  let waiting = '';
  let state: 'head' | 'text' | 'done' | 'other' | 'raw' = 'head';

  const rest = (): string => {
    const text = waiting;
    waiting = '';
    return text;
  };

  const decode = (): string => {
    let text = '';
    let at = 0;
    while (at < waiting.length) {
      const char = waiting[at] as string;
      if (char === '"') {
        state = 'done';
        break;
      }
      if (char !== '\\') {
        text += char;
        at += 1;
        continue;
      }
      const escaped = waiting[at + 1];
      if (escaped === undefined) break;
      if (escaped !== 'u') {
        text += ESCAPES[escaped] ?? escaped;
        at += 2;
        continue;
      }
      const hex = waiting.slice(at + 2, at + 6);
      if (hex.length < 4) break;
      const unit = Number.parseInt(hex, 16);
      text += Number.isNaN(unit) ? hex : String.fromCharCode(unit);
      at += 6;
    }
    waiting = waiting.slice(at);
    return text;
  };

  return {
    push(piece) {
      if (state === 'done') return '';
      waiting += piece;
      if (state === 'head') {
        const head = HEAD.exec(waiting.slice(0, MAX_HEAD));
        if (head !== null) {
          waiting = waiting.slice(head[0].length);
          state = 'text';
        } else if (waiting.length >= MAX_HEAD) state = 'other';
      }
      if (state === 'other' && waiting.length > MAX_WAITING) state = 'raw';
      if (state === 'raw') return rest();
      return state === 'text' ? decode() : '';
    },
    end() {
      if (state !== 'head' && state !== 'other') return '';
      const texts = Object.values(objectOf(parseJson(waiting)) ?? {}).filter((value) => typeof value === 'string');
      return texts.length === 1 ? (texts[0] as string) : isEmptyObject(waiting) ? '' : waiting;
    },
  };
}

/** What the assembler makes of a call without arguments. */
const isEmptyObject = (text: string): boolean => /^\s*(\{\s*\})?\s*$/.test(text);
