import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unwrapCustomInputs } from '../../../src/providers/openai-compatible/custom-tools.js';
import type { ModelFunction, ModelStreamPart } from '../../../src/providers/provider.js';

const fn = (name: string, isCustom: boolean): ModelFunction => ({
  name,
  description: null,
  parameters: null,
  strict: null,
  ...(isCustom ? { custom: { type: 'text' } } : {}),
});
const functions = [fn('free', true), fn('plain', false)];

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...[...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

async function unwrapped(name: string, pieces: readonly string[]): Promise<string> {
  async function* stream(): AsyncGenerator<readonly ModelStreamPart[]> {
    yield [{ type: 'tool-call', index: 0, callId: 'call_1', name }];
    for (const delta of pieces) yield [{ type: 'tool-call-arguments', index: 0, delta }];
    yield [{ type: 'finish', reason: 'tool_calls', model: null }];
  }
  let text = '';
  for await (const batch of unwrapCustomInputs(stream(), functions))
    for (const part of batch) if (part.type === 'tool-call-arguments') text += part.delta;
  return text;
}

const places = fc.array(fc.nat(500), { maxLength: 20 });
/** Letters as they are, or as escapes. */
const escaped = (json: string): string =>
  [...json]
    .map((char) => (/[a-z]/.test(char) ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char))
    .join('');

describe('the input of an emulated custom tool', () => {
  it('is the text that was wrapped, wherever its JSON is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), places, async (input, at) => {
        expect(await unwrapped('free', cut(JSON.stringify({ input }), at))).toBe(input);
      }),
    );
  });

  it('is the same however much of it is escaped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-z ]*$/), places, async (input, at) => {
        expect(await unwrapped('free', cut(`{"input":"${escaped(input)}"}`, at))).toBe(input);
      }),
    );
  });

  it('is all of it when it was not wrapped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-z][ -~]*$/), places, async (input, at) => {
        expect(await unwrapped('free', cut(input, at))).toBe(input);
      }),
    );
  });

  it('of two megabytes in another shape goes on as it comes', async () => {
    const long = `[${'x'.repeat(2 << 20)}]`;
    expect(await unwrapped('free', cut(long, [500_000, 1_000_000, 1_500_000]))).toBe(long);
  });

  it('leaves functions alone', async () => {
    expect(await unwrapped('plain', ['{"input":', '"a"}'])).toBe('{"input":"a"}');
  });
});
