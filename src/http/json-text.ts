import { isAscii } from 'node:buffer';
import { type Literal, type Literals, LONG_TEXT } from '../domain/json-literals.js';
import { parseWellFormed, type Reviver } from './well-formed.js';

/** The value of a JSON text, and its long texts as they were written; null where noting them would not pay. */
export interface ReadJson {
  value: unknown;
  literals: Literals | null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON from UTF-8 bytes, as `parseWellFormed` does. Where most of it is long texts, the parser is asked where they lie.
 *
 * @throws what is no JSON or no UTF-8; a `RangeError` may be thrown for what is nested too deeply
 */
export function readJson(bytes: Buffer): ReadJson {
  const json = utf8.decode(bytes);
  if (bytes.length < SHORT || !isMostlyText(json)) return { value: parseWellFormed(json), literals: null };
  const literals = new Map<string, Literal>();
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  const note: Reviver = (_name, value, context) => {
    // Node 20 does not tell the source.
    const source = typeof value === 'string' && value.length >= LONG_TEXT ? context?.source : undefined;
    if (source !== undefined && !NUMBERED.test(source))
      literals.set(value as string, { source, bytes: Buffer.byteLength(source, encoding), encoding });
    return value;
  };
  const value = parseWellFormed(json, note);
  return { value, literals: literals.size === 0 ? null : literals };
}

/** Shorter bodies are not looked through. */
const SHORT = 2 * LONG_TEXT;

/** Characters by their numbers. Those may be halves of pairs, or make of each letter six bytes that would be kept for good. */
const NUMBERED = /\\u/;

const STRIDE = 4096;
const WINDOW = 256;
const MOSTLY = 7 / 8;
/** Without a quote, this is numbers, brackets and the like. */
const NO_TEXT = /^[\s\d[\]{}:,.+\-eEtrufalsn]*$/;

/**
 * Whether most of a JSON text lies within long strings, by samples: asking for every member's source takes several times as long as
 * parsing many small ones. Nobody can foresee where it looks.
 */
function isMostlyText(json: string): boolean {
  let samples = 0;
  let inText = 0;
  for (let at = Math.random() * STRIDE; at < json.length; at += STRIDE * (0.5 + Math.random())) {
    const from = Math.trunc(at);
    const window = json.slice(from, from + WINDOW);
    const quote = window.indexOf('"');
    samples += 1;
    // What escapes a quote may stand in front of the window.
    if (quote === -1 ? !NO_TEXT.test(window) : json[from + quote - 1] === '\\') inText += 1;
  }
  return inText >= MOSTLY * samples;
}
