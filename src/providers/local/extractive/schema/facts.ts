import { isObject, parseJson } from '../../json.js';
import { formats } from './formats.js';

/** Characters of a text that are read for values. */
const maxRead = 20_000;

/** What a text offers for filling a schema. Values named by a key may be read often, the others are handed out once. */
export interface Facts {
  text: string;
  /** What the text gives for a key: "key: value", "key is value", "key = value", a member of JSON in the text. */
  labelled(key: string): string | null;
  /** The members of what the text lists for a key: "tags: a, b and c", or a JSON list. */
  listed(key: string): string[];
  /** The words of a key occur in the text. */
  mentions(key: string): boolean;
  /** "3 days" for the key `days`. */
  counted(key: string): number | null;
  hasWord(word: string): boolean;
  ofFormat(format: string): string | null;
  takeNumber(): number | null;
  takeQuoted(): string | null;
  allNumbers(): number[];
  allQuoted(): string[];
  /** Whoever or whatever is named: what follows "is", "am", "named", "called". */
  takeNamed(): string | null;
  /** The capitalised words after "in", "at", "to", …: most often a place. */
  takePlace(): string | null;
  takeProperNoun(): string | null;
}

export function createFacts(source: string): Facts {
  const text = source.slice(0, maxRead);
  const embedded = jsonIn(text);
  const numbers = matches(text, /(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)/g, 0).map(Number);
  const quoted = matches(text, /"([^"\n]{1,500})"|“([^”\n]{1,500})”|(?<!\w)'([^'\n]{1,500})'(?!\w)/g, 1, 2, 3);
  const named = matches(text, /\b(?:is|am|named|called)\s+([^,.;:\n!?]{1,80}?)(?=[,.;:\n!?]|\s+and\b|$)/gi, 1);
  const noun = "\\p{Lu}[\\p{L}'’-]*(?:\\s+\\p{Lu}[\\p{L}'’-]*)*";
  const places = matches(text, new RegExp(`\\b(?:in|at|to|from|for|near|of|with)\\s+(${noun})`, 'gu'), 1);
  const nouns = matches(text, new RegExp(`(?<=[\\p{Ll},]\\s)(${noun})`, 'gu'), 1).filter((word) => word !== 'I');
  const formatsGiven = new Map<string, number>();

  const take = <T>(list: T[]): (() => T | null) => {
    let next = 0;
    return () => list[next++] ?? null;
  };

  return {
    text: text.trim(),
    labelled(key) {
      const member = memberOf(embedded, key);
      if (member !== undefined) return typeof member === 'string' ? member : JSON.stringify(member);
      const words = wordsOf(key);
      return find(text, words) ?? (words.length > 1 ? find(text, words.slice(-1)) : null);
    },
    listed(key) {
      const member = memberOf(embedded, key);
      if (Array.isArray(member)) return member.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
      return findList(text, wordsOf(key));
    },
    mentions: (key) => namePattern(wordsOf(key)).test(text),
    counted(key) {
      const match = new RegExp(
        `(?<!\\d)(-?\\d{1,15}(?:\\.\\d{1,15})?)[ -]+${namePattern(wordsOf(key)).source}`,
        'iu',
      ).exec(text);
      return match === null ? null : Number(match[1]);
    },
    hasWord: (word) => word.trim() !== '' && namePattern([word]).test(text),
    ofFormat(name) {
      const format = formats.get(name);
      if (format === undefined) return null;
      const found = matches(text, new RegExp(format.find.source, 'g'), 0).filter((value) => format.test(value));
      const given = formatsGiven.get(name) ?? 0;
      formatsGiven.set(name, given + 1);
      return found[given] ?? found.at(-1) ?? null;
    },
    takeNumber: take(numbers),
    takeQuoted: take(quoted),
    allNumbers: () => numbers,
    allQuoted: () => quoted,
    takeNamed: take(named),
    takePlace: take(places),
    takeProperNoun: take(nouns),
  };
}

/** The "key: value" pairs of a text, as an object: lines like `city: Paris` and sentences like "My name is Alice." */
export function pairsIn(source: string): Record<string, string | number> {
  const pairs: Record<string, string | number> = {};
  const text = source.slice(0, maxRead);
  const pattern =
    /(?:^|[\n,;.][ \t]*|\b(?:my|the|his|her|its|their|our|and)\s+)([\p{L}][\p{L}\p{N}_-]{0,40})\s*(?::|=|\s(?:is|are)\s)\s*("[^"\n]{1,200}"|[^,;\n]{1,200}?)(?=[.!?](?:\s|$)|[,;\n]|\s+and\s|$)/giu;
  for (const [, key = '', value = ''] of text.matchAll(pattern)) {
    if (/^(what|who|which|where|when|why|how|that|this|it|there|here|he|she|they|we|you|https?)$/i.test(key)) continue;
    const bare = value.trim().replace(/^"(.*)"$/, '$1');
    if (bare === '' || Object.hasOwn(pairs, key) || Object.keys(pairs).length >= 50) continue;
    Object.defineProperty(pairs, key, {
      value: /^-?\d+(\.\d+)?$/.test(bare) && bare.length < 16 ? Number(bare) : bare,
      enumerable: true,
    });
  }
  return pairs;
}

function matches(text: string, pattern: RegExp, ...groups: number[]): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(pattern)) {
    for (const group of groups) {
      const value = match[group]?.trim();
      if (value !== undefined && value !== '') found.push(value);
    }
    if (found.length >= 1_000) break;
  }
  return found;
}

/** The first JSON object written in the text, if the text holds one from its first to its last brace. */
function jsonIn(text: string): Record<string, unknown> | null {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  const value = from < 0 || to < from ? undefined : parseJson(text.slice(from, to + 1));
  return isObject(value) ? value : null;
}

function memberOf(object: Record<string, unknown> | null, key: string): unknown {
  return object !== null && Object.hasOwn(object, key) && object[key] !== null ? object[key] : undefined;
}

/** `userName`, `user_name` and "user name" are the same words. */
const wordsOf = (key: string): string[] =>
  key
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_.-]+/)
    .filter((word) => word !== '');

const namePattern = (words: readonly string[]): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${words.map(escapeRegExp).join('[\\s_-]*') || '(?!)'}(?![\\p{L}\\p{N}])`, 'iu');

const escapeRegExp = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function find(text: string, words: readonly string[]): string | null {
  const pattern = new RegExp(
    `${namePattern(words).source}["']?\\s*(?::|=|\\b(?:is|are|was|of)\\b)\\s*("[^"\\n]{1,500}"|[^;\\n]{1,200}?)(?=[.!?](?:\\s|$)|[,;\\n]|\\s+and\\s|$)`,
    'iu',
  );
  const value = pattern.exec(text)?.[1]?.trim();
  if (value === undefined || value === '') return null;
  return value.replace(/^"([\s\S]*)"$/, '$1');
}

function findList(text: string, words: readonly string[]): string[] {
  const pattern = new RegExp(
    `${namePattern(words).source}["']?\\s*(?::|=|\\b(?:are|is)\\b)\\s*([^.;\\n!?]{1,500})`,
    'iu',
  );
  const listed = pattern.exec(text)?.[1] ?? '';
  return listed
    .split(/\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+/)
    .map((item) => item.trim().replace(/^["'“]|["'”]$/g, ''))
    .filter((item) => item !== '');
}
