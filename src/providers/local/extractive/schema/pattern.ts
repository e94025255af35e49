import { createContext, Script } from 'node:vm';
import { UnusableSchema } from './unusable.js';

/** A user's own pattern may take for ever on some texts; V8 can only be interrupted through a script's timeout. */
const timeoutMs = 50;

const script = new Script('new RegExp(pattern, "u").test(text)');

/** Whether a text matches a schema's `pattern`. Throws UnusableSchema when the pattern is invalid or takes too long. */
export function matchesPattern(pattern: string, text: string): boolean {
  try {
    return script.runInContext(createContext({ pattern, text }), { timeout: timeoutMs }) === true;
  } catch {
    throw new UnusableSchema('A pattern is invalid or takes too long.');
  }
}

/**
 * A text for simple patterns: literals, classes, groups, alternatives, counts. Null for anything cleverer. The caller
 * checks the result against the pattern.
 */
export function sampleOf(pattern: string): string | null {
  let at = 0;

  const alternatives = (): string | null => {
    const first = sequence();
    while (pattern[at] === '|') {
      at += 1;
      if (sequence() === null) return null;
    }
    return first;
  };
  const sequence = (): string | null => {
    let text = '';
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const piece = atom();
      if (piece === null) return null;
      text += piece.repeat(times());
      if (text.length > 1_000) return null;
    }
    return text;
  };
  const atom = (): string | null => {
    const char = pattern[at] ?? '';
    at += 1;
    if (char === '^' || char === '$') return '';
    if (char === '.') return 'a';
    if (char === '[') return oneOf();
    if (char === '\\') return escaped();
    if (char !== '(') return /[*+?{]/.test(char) ? null : char;
    if (pattern.startsWith('?:', at)) at += 2;
    else if (pattern[at] === '?') return null;
    const inner = alternatives();
    at += 1;
    return inner;
  };
  const escaped = (): string | null => {
    const char = pattern[at] ?? '';
    at += 1;
    if (char === 'd') return '0';
    if (char === 'w') return 'a';
    if (char === 's') return ' ';
    if (char === 'D' || char === 'S') return 'a';
    if (char === 'W') return '-';
    return /[a-zA-Z0-9]/.test(char) ? null : char;
  };
  const oneOf = (): string | null => {
    if (pattern[at] === '^') return null;
    const char = pattern[at] ?? null;
    at += 1;
    const first = char === '\\' ? escaped() : char;
    while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
    at += 1;
    return first;
  };
  const times = (): number => {
    const quantifier = /^(?:\{(\d{1,4})(?:,\d*)?\}|[*?]|\+)\??/.exec(pattern.slice(at));
    if (quantifier === null) return 1;
    at += quantifier[0].length;
    return quantifier[1] === undefined ? (quantifier[0].startsWith('+') ? 1 : 0) : Number(quantifier[1]);
  };

  const sample = alternatives();
  return at === pattern.length ? sample : null;
}
