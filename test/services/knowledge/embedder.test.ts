import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOpenAiCompatibleProvider } from '../../../src/providers/openai-compatible/index.js';
import type { ModelProvider } from '../../../src/providers/provider.js';
import { createEmbedder, type Embedder, EmbeddingsUnavailable } from '../../../src/services/knowledge/embedder.js';
import { createModelRouter } from '../../../src/services/models/model-router.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';

const base64 = (...numbers: number[]): string => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');

const embedderOf = (provider: ModelProvider): Embedder => {
  const router = createModelRouter({ find: () => null });
  const rule = { name: 'embed', provider, upstreamModel: null, price: null, maxOutputTokens: 1000, spread: null };
  router.use({ rules: [rule], allowsUnpriced: true });
  return createEmbedder({ router, model: 'embed' });
};

describe('the vectors of a configured model', () => {
  let upstream: Upstream;
  let provider: ModelProvider;
  let embedder: Embedder;
  let data: unknown;
  beforeAll(async () => {
    upstream = await startUpstream(() => ({ body: { object: 'list', data, usage: {} } }));
    provider = createOpenAiCompatibleProvider({ id: 'vendor', baseUrl: upstream.url, apiKey: 'hunter2' });
    embedder = embedderOf(provider);
  });
  afterAll(async () => {
    await provider.close();
    await upstream.close();
  });
  const embed = (...texts: string[]) => embedder.embed(texts, new AbortController().signal, 'patient');

  it.each<[string, unknown[]]>([
    [
      'numbers',
      [
        { index: 0, embedding: [3, 4] },
        { index: 1, embedding: [0, 0] },
      ],
    ],
    [
      'base64',
      [
        { index: 0, embedding: base64(3, 4) },
        { index: 1, embedding: base64(0, 0) },
      ],
    ],
    [
      'another order',
      [
        { index: 1, embedding: [0, 0] },
        { index: 0, embedding: base64(3, 4) },
      ],
    ],
    ['no places', [{ embedding: [3, 4] }, { embedding: [0, 0] }]],
  ])('are brought to length 1 and into order: %s', async (_name, answered) => {
    data = answered;
    expect(await embed('one', 'two')).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0, 0)]);
    expect(upstream.requests.at(-1)?.body).toMatchObject({ input: ['one', 'two'], encoding_format: 'base64' });
  });

  it.each<[string, unknown, string]>([
    ['no list', { index: 0 }, 'one vector per text'],
    ['one of two', [{ index: 0, embedding: [1] }], 'one vector per text'],
    ['the same one twice', [0, 0].map((index) => ({ index, embedding: [1] })), 'one vector per text'],
    ['a place that is none', [0, -1].map((index) => ({ index, embedding: [1] })), 'one vector per text'],
    ['two lengths', [{ embedding: [1, 0] }, { embedding: [1] }], 'one vector per text'],
    ['nothing in them', [{ embedding: [] }, { embedding: '' }], 'one vector per text'],
    ['words', [{ embedding: ['north'] }, { embedding: ['south'] }], 'numbers that are none'],
    ['half a number', [{ embedding: base64(1).slice(0, 4) }, { embedding: base64(1) }], 'numbers that are none'],
    ['infinity', [{ embedding: base64(Number.POSITIVE_INFINITY) }, { embedding: base64(1) }], 'numbers that are none'],
  ])("are refused as the upstream's fault: %s", async (_name, answered, reason) => {
    data = answered;
    await expect(embed('one', 'two')).rejects.toMatchObject({ status: 502, message: expect.stringContaining(reason) });
    expect(embedder.fault()).toContain(reason);
  });
});

describe('the built-in model', () => {
  it('is asked again at once by who is patient; who is hurried does without it for a while', async () => {
    let isDown = true;
    const upstream = await startUpstream(() =>
      isDown
        ? { status: 503, body: { error: { message: 'loading' } } }
        : { body: { object: 'list', data: [{ index: 0, embedding: [1] }], usage: {} } },
    );
    const provider = createOpenAiCompatibleProvider({ id: 'local', baseUrl: upstream.url });
    try {
      const embedder = embedderOf(provider);
      const embed = (patience: 'hurried' | 'patient') =>
        embedder.embed(['one'], new AbortController().signal, patience);
      await expect(embed('hurried')).rejects.toThrow(EmbeddingsUnavailable);
      isDown = false;
      const asked = upstream.requests.length;
      await expect(embed('hurried')).rejects.toThrow(EmbeddingsUnavailable);
      expect(upstream.requests).toHaveLength(asked);
      expect(await embed('patient')).toEqual([Float32Array.of(1)]);
      expect(embedder.fault()).toBeNull();
      expect(await embed('hurried')).toEqual([Float32Array.of(1)]);
    } finally {
      await provider.close();
      await upstream.close();
    }
  });
});
