import type { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { frameTexts } from '../../src/graphql/transports/text-frames.js';

// Not in ws's types.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** What a client of `ws` reads. */
function read(bytes: Buffer): Promise<string[]> {
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  const texts: string[] = [];
  return new Promise((resolve, reject) => {
    receiver.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) reject(new Error('A message is no text.'));
      texts.push(String(data));
    });
    receiver.on('error', reject);
    receiver.on('finish', () => resolve(texts));
    receiver.end(bytes);
  });
}

describe('text frames', () => {
  it('are read as what was put into them, whatever the lengths', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(121, 122, 123, 65_531, 65_532, 65_533, 70_000).map((length) => 'x'.repeat(length)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), async (tails) => {
        const frames = frameTexts(
          Buffer.from('é:'),
          tails.map((tail) => Buffer.from(tail)),
        );
        expect(await read(frames)).toEqual(tails.map((tail) => `é:${tail}`));
      }),
    );
  });
});
