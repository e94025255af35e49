import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DeltaBeat } from '../../src/services/responses/delta-beat.js';
import { DeltaCoalescer } from '../../src/services/responses/delta-coalescer.js';

const EVERY_MS = 20;
const channel = { type: 'response.output_text.delta', at: '"item_id":"msg_1"', tail: '' };
const other = { ...channel, at: '"item_id":"msg_2"' };

describe('deltas between two beats', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const open = (beat = new DeltaBeat(EVERY_MS)) => {
    const seen: string[] = [];
    const stream = new DeltaCoalescer((_, members) => seen.push(members.replace(/^.*"delta":/, '')), beat);
    return { stream, seen };
  };

  it('go out as one, the first of a quiet stream at once', () => {
    const { stream, seen } = open();
    stream.push(channel, 'a', []);
    expect(seen).toEqual(['"a"']);
    stream.push(channel, 'b', []);
    stream.push(channel, 'c', []);
    expect(seen).toHaveLength(1);
    jest.advanceTimersByTime(EVERY_MS);
    expect(seen).toEqual(['"a"', '"bc"']);
    jest.advanceTimersByTime(EVERY_MS);
    stream.push(channel, 'd', []);
    expect(seen).toEqual(['"a"', '"bc"', '"d"']);
  });

  it('keep their order with what is emitted otherwise and between channels', () => {
    const { stream, seen } = open();
    for (const text of ['a', 'b']) stream.push(channel, text, []);
    stream.push(other, 'c', []);
    stream.end();
    expect(seen).toEqual(['"a"', '"b"', '"c"']);
  });

  it('carry the probabilities of all their tokens', () => {
    const { stream, seen } = open();
    stream.push(channel, 'a', []);
    stream.push(channel, 'b', [{ token: 'b' }]);
    stream.push(channel, 'c', [{ token: 'c' }]);
    stream.flush();
    expect(seen[1]).toBe('"bc","logprobs":[{"token":"b"},{"token":"c"}]');
  });

  it('of many streams wait for one timer, which stops with the last of them', () => {
    const beat = new DeltaBeat(EVERY_MS);
    const streams = Array.from({ length: 50 }, () => open(beat));
    for (const { stream } of streams) for (const text of ['a', 'b']) stream.push(channel, text, []);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(EVERY_MS);
    for (const { seen } of streams) expect(seen).toEqual(['"a"', '"b"']);
    for (const { stream } of streams) stream.end();
    jest.advanceTimersByTime(EVERY_MS);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('go out one by one if they are not to be joined', () => {
    const { stream, seen } = open(new DeltaBeat(0));
    for (const text of ['a', 'b']) stream.push(channel, text, []);
    expect(seen).toEqual(['"a"', '"b"']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
