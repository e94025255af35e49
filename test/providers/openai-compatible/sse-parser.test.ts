import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSseParser, SseEventTooLargeError } from '../../../src/providers/openai-compatible/sse-parser.js';

interface SeenEvent {
  data: string;
  event: string;
}

function parse(pieces: readonly Buffer[], maxEventBytes = 1024 * 1024): SeenEvent[] {
  const seen: SeenEvent[] = [];
  const parser = createSseParser({ maxEventBytes, onEvent: (data, event) => seen.push({ data, event }) });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return seen;
}

const parseText = (text: string): SeenEvent[] => parse([Buffer.from(text)]);
const dataOf = (text: string): string[] => parseText(text).map((seen) => seen.data);

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [...points].map((point) => point % (bytes.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
}

const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ' '));
const block = fc.record({
  data: fc.array(line, { minLength: 1, maxLength: 3 }),
  name: fc.option(line),
  comment: fc.boolean(),
});
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('createSseParser', () => {
  it('delivers what was sent, however the bytes are cut and whatever ends the lines', () => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 8 }),
        lineEnd,
        fc.boolean(),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        (blocks, end, hasBom, points) => {
          const text = blocks
            .map(({ data, name, comment }) =>
              [
                ...(comment ? [': keep-alive'] : []),
                ...(name === null ? [] : [`event: ${name}`]),
                ...data.map((value) => `data: ${value}`),
                '',
                '',
              ].join(end),
            )
            .join('');
          const bytes = Buffer.from((hasBom ? '\uFEFF' : '') + text);
          const expected = blocks.map(({ data, name }) => ({
            // Lone surrogates do not survive UTF-8.
            data: Buffer.from(data.join('\n')).toString(),
            event: Buffer.from(name ?? '').toString(),
          }));
          expect(parse(cut(bytes, points))).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives the same events byte by byte', () => {
    const bytes = Buffer.from(
      '\uFEFFdata: größe 🎈\r\n\r\ndata: a\rdata: b\r\r: note\nid: 7\ndata\n\nevent: error\ndata:x\n\n',
    );
    const whole = parse([bytes]);
    expect(whole).toEqual([
      { data: 'größe 🎈', event: '' },
      { data: 'a\nb', event: '' },
      { data: '', event: '' },
      { data: 'x', event: 'error' },
    ]);
    expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('removes one space after the colon, not two', () => {
    expect(dataOf('data:  two\n\ndata:none\n\ndata: \n\n')).toEqual([' two', 'none', '']);
  });

  it('ignores fields that only begin like data', () => {
    expect(dataOf('database: x\ndat: y\ndata: z\n\n')).toEqual(['z']);
  });

  it('skips events without data', () => {
    expect(parseText('event: ping\n\n: comment\n\n\n\ndata: x\n\n')).toEqual([{ data: 'x', event: '' }]);
  });

  it('delivers a last event that lacks its blank line', () => {
    expect(dataOf('data: a\n\ndata: [DONE]')).toEqual(['a', '[DONE]']);
    expect(dataOf('data: a\n\ndata: [DONE]\n')).toEqual(['a', '[DONE]']);
  });

  it.each([
    ['one endless line', ['data: ', 'x'.repeat(600), 'x'.repeat(600)]],
    ['many lines of one event', [`data: ${'x'.repeat(600)}\n`, `data: ${'x'.repeat(600)}\n`]],
    ['an endless line that is not data', [': ', 'x'.repeat(600), 'x'.repeat(600)]],
  ])('refuses an event over the limit: %s', (_, pieces) => {
    expect(() =>
      parse(
        pieces.map((piece) => Buffer.from(piece)),
        1000,
      ),
    ).toThrow(SseEventTooLargeError);
  });

  it('counts the limit per event, not per stream', () => {
    const event = `data: ${'x'.repeat(600)}\n\n`;
    expect(parse(new Array(20).fill(Buffer.from(event)), 1000)).toHaveLength(20);
    expect(parse(new Array(2000).fill(Buffer.from(': ping\n')), 1000)).toHaveLength(0);
  });

  it('joins a large event in linear time', () => {
    const chunk = Buffer.alloc(1024, 'x');
    const pieces = [Buffer.from('data: '), ...new Array(30 * 1024).fill(chunk), Buffer.from('\n\n')];
    const begin = process.cpuUsage();
    const [seen] = parse(pieces, 64 * 1024 * 1024);
    const { user, system } = process.cpuUsage(begin);
    expect(seen?.data.length).toBe(30 * 1024 * 1024);
    // Copying on every chunk would move 450 GB.
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
