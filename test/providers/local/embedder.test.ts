import { afterAll, describe, expect, it } from '@jest/globals';
import { createEmbedder } from '../../../src/providers/local/embedder.js';

describe('a job of the embedder', () => {
  const embedder = createEmbedder();
  afterAll(() => embedder.close());

  it('is given up when nobody waits for it any more; those behind it are not', async () => {
    const leaving = new AbortController();
    const texts = Array.from({ length: 64 }, (_, n) => `Text number ${n}.`);
    const left = embedder.embed(texts, 'bulk', leaving.signal);
    const behind = embedder.embed(['I am still here.'], 'bulk');
    // The worker is loaded and at work once an interactive job has overtaken the first.
    await embedder.embed(['Hello.'], 'interactive');
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect((await behind)[0]).toHaveLength(512);
  });
});
