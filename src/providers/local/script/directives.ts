import { ApiError } from '../api-error.js';

/** One step of a script. */
export type Directive =
  | { type: 'say'; text: string }
  | { type: 'long'; tokens: number }
  | { type: 'reason'; text: string }
  | { type: 'refuse'; text: string }
  | { type: 'call'; name: string; arguments: string }
  | { type: 'delay'; ms: number }
  | { type: 'stall' }
  | { type: 'drop' }
  | { type: 'status'; status: number; retryAfter: string | null }
  | { type: 'raw'; text: string }
  | { type: 'finish'; reason: string }
  | { type: 'usage'; prompt: number; completion: number }
  | { type: 'no-usage' }
  | { type: 'tokens-every'; ms: number };

const readers: Record<string, (rest: string) => Directive> = {
  say: (rest) => ({ type: 'say', text: rest.replaceAll('\\n', '\n') }),
  long: (rest) => ({ type: 'long', tokens: numberIn(rest) }),
  reason: (rest) => ({ type: 'reason', text: rest }),
  refuse: (rest) => ({ type: 'refuse', text: rest }),
  call: (rest) => {
    const [name = '', ...args] = rest.split(' ');
    return { type: 'call', name, arguments: args.join(' ') || '{}' };
  },
  'malformed-arguments': (rest) => ({ type: 'call', name: rest, arguments: '{"broken": ' }),
  delay: (rest) => ({ type: 'delay', ms: numberIn(rest) }),
  stall: () => ({ type: 'stall' }),
  drop: () => ({ type: 'drop' }),
  status: (rest) => {
    const [status = '', retryAfter] = rest.split(' ');
    return { type: 'status', status: numberIn(status), retryAfter: retryAfter ?? null };
  },
  raw: (rest) => ({ type: 'raw', text: `${rest.replaceAll('\\n', '\n').replaceAll('\\r', '\r')}\n\n` }),
  finish: (rest) => ({ type: 'finish', reason: rest }),
  usage: (rest) => {
    const [prompt = '', completion = ''] = rest.split(' ');
    return { type: 'usage', prompt: numberIn(prompt), completion: numberIn(completion) };
  },
  'no-usage': () => ({ type: 'no-usage' }),
  'tokens-every': (rest) => ({ type: 'tokens-every', ms: numberIn(rest) }),
};

/**
 * The steps in a message: its lines that begin with `@`, in order. Everything else in it is ignored.
 *
 * | line | what the model does |
 * |---|---|
 * | `@say text` | streams the text, token by token; `\n` is a line end |
 * | `@long N` | streams N tokens |
 * | `@reason text` | streams `reasoning_content` deltas |
 * | `@refuse text` | streams `refusal` deltas |
 * | `@call name {json}` | calls a function; several lines make parallel calls |
 * | `@malformed-arguments name` | calls a function with arguments that are no JSON |
 * | `@tokens-every ms` | waits this long before every token from here on |
 * | `@delay ms` | waits |
 * | `@stall` | never sends anything more |
 * | `@drop` | breaks the connection |
 * | `@status N [retry-after]` | fails with this HTTP status; in the middle of a stream, with an error event |
 * | `@raw text` | writes this into the stream as it stands, with an empty line after it |
 * | `@finish reason` | ends with this finish reason instead of the fitting one |
 * | `@usage P C` | reports these tokens instead of the right ones |
 * | `@no-usage` | reports no tokens |
 * | `@then` | what follows belongs to the next turn: the one after the tools' outputs |
 *
 * Throws ApiError 400 for a directive it does not know, so that a typo in a test is seen.
 */
export function readDirectives(message: string, turn: number): Directive[] {
  const turns: Directive[][] = [[]];
  for (const line of message.split(/\r?\n/)) {
    if (!line.startsWith('@')) continue;
    const [name = '', ...rest] = line.slice(1).split(' ');
    if (name === 'then') {
      turns.push([]);
      continue;
    }
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) throw new ApiError(400, `local-script does not know '@${name}'.`, { param: 'messages' });
    turns.at(-1)?.push(read(rest.join(' ')));
  }
  const steps = turns[turn] ?? [];
  return steps.length === 0 ? [{ type: 'say', text: 'Done.' }] : steps;
}

function numberIn(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new ApiError(400, 'A directive of local-script wants a number.', { param: 'messages' });
  return value;
}
