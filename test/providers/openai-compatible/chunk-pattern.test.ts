import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChunkPattern } from '../../../src/providers/openai-compatible/chunk-pattern.js';

const chunk = (delta: object, more: object = {}): string =>
  JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] });

/** A pattern that has learned from a chunk with this text. */
function learned(text: string, printed = chunk({ content: text })): ChunkPattern {
  const pattern = new ChunkPattern();
  pattern.learn(printed, text);
  return pattern;
}

describe('what the chunks of an answer have in common', () => {
  it('says of any chunk what its JSON says, or nothing', () => {
    const text = fc.string({ unit: 'binary' });
    const delta = fc.oneof(
      fc.record({ content: text }),
      fc.record({ content: text, role: fc.constant('assistant') }),
      fc.record({ content: fc.array(fc.record({ type: fc.constant('text'), text })) }),
      fc.record({ content: text, nested: fc.record({ content: text }) }),
    );
    fc.assert(
      fc.property(delta, delta, (first, second) => {
        const pattern = new ChunkPattern();
        if (typeof first.content === 'string') pattern.learn(chunk(first), first.content);
        const said = pattern.textOf(chunk(second));
        if (said !== null) expect(said).toBe(second.content);
      }),
      { numRuns: 500 },
    );
  });

  it('knows the next chunk of the same kind, in either way of printing', () => {
    expect(learned('one').textOf(chunk({ content: ' two' }))).toBe(' two');
    expect(learned('one', '{"delta": {"content": "one"}}').textOf('{"delta": {"content": "zwei – 二"}}')).toBe(
      'zwei – 二',
    );
  });

  it.each([
    ['the end of the answer', chunk({ content: 'two' }, { finish_reason: 'stop' })],
    ['a call beside the text', chunk({ content: 'two', tool_calls: [{ index: 0 }] })],
    ['a text with escapes', chunk({ content: 'a\n"b"' })],
    ['another member before it', chunk({ role: 'assistant', content: 'two' })],
    ['a text that looks like the rest of a chunk', chunk({ content: 'x"},"finish_reason":null}]}' })],
  ])('does not know %s', (_, next) => {
    expect(learned('one').textOf(next)).toBeNull();
  });

  it.each([
    ['two texts of that name', chunk({ content: 'one', nested: { content: 'one' } })],
    ['content in parts', chunk({ content: [{ type: 'text', text: 'type' }] })],
    ['an escaped text', '{"delta":{"content":"\\u006fne"}}'],
  ])('learns nothing from %s', (_, printed) => {
    const pattern = learned(printed.includes('"type":"text"') ? 'type' : 'one', printed);
    expect(pattern.textOf(printed)).toBeNull();
  });
});
