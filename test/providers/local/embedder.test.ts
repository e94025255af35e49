import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEmbedder, type Embedder, EmbedderUnavailable } from '../../../src/providers/local/embedder.js';

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
    expect((await behind)[0]).toHaveLength(384);
  });

  it('reads long texts to their end', async () => {
    const filler = 'The weather was mild and nobody came. '.repeat(60);
    const [ends, without, question = new Float32Array()] = await embedder.embed(
      [`${filler}The lighthouse is made of granite.`, filler, 'What is the lighthouse made of?'],
      'bulk',
    );
    const nearness = (vector: Float32Array | undefined): number =>
      question.reduce((sum, value, at) => sum + value * (vector?.[at] ?? 0), 0);
    expect(nearness(ends)).toBeGreaterThan(nearness(without) + 0.05);
  });

  // Skipped elsewhere, because there is nothing to test: only Linux gives threads priorities of their own, and lists them in /proc.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('gives way to the other threads (Linux only: elsewhere threads have no priority of their own)', async () => {
    await embedder.embed(['Hello.'], 'interactive');
    const niceness = readdirSync('/proc/self/task').map((thread) => {
      // The name, in brackets, may hold spaces; what is behind it begins with the third field.
      const [, behind = ''] = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ');
      return Number(behind.split(' ')[16]);
    });
    expect(niceness.filter((nice) => nice === 10)).toHaveLength(1);
    expect(niceness.filter((nice) => nice === 0).length).toBeGreaterThan(1);
  });
});

describe('a model that cannot be loaded', () => {
  let folder: string;
  let embedder: Embedder;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'antiphon-embedder-'));
  });
  afterEach(async () => {
    await embedder.close();
    rmSync(folder, { recursive: true });
  });

  /** A model that notes each load, fails at the first `failures` of them, and then answers with the count of its loads. */
  function startFailing(failures: number, restMs: number): { loads: () => number } {
    const loads = path.join(folder, 'loads');
    writeFileSync(loads, '');
    writeFileSync(
      path.join(folder, 'worker.mjs'),
      `import { appendFileSync, readFileSync } from 'node:fs';
      import { parentPort } from 'node:worker_threads';
      appendFileSync(${JSON.stringify(loads)}, '.');
      const { length } = readFileSync(${JSON.stringify(loads)});
      if (length <= ${failures}) throw new Error('not yet');
      parentPort.postMessage({ type: 'ready' });
      parentPort.on('message', ({ id, texts }) =>
        parentPort.postMessage({ type: 'vectors', id, vectors: texts.map(() => Float32Array.of(length)) }));`,
    );
    embedder = createEmbedder({ workerUrl: pathToFileURL(path.join(folder, 'worker.mjs')), restMs });
    return { loads: () => readFileSync(loads).length };
  }

  it('is loaded again for those who wait, three times at most', async () => {
    const { loads } = startFailing(2, 60_000);
    expect(await embedder.embed(['a'], 'interactive')).toEqual([Float32Array.of(3)]);
    expect(embedder.status()).toEqual({ state: 'ready', reason: null });
    expect(loads()).toBe(3);
  });

  it('is left alone for a while after that', async () => {
    const { loads } = startFailing(3, 60_000);
    await expect(embedder.embed(['a'], 'interactive')).rejects.toBeInstanceOf(EmbedderUnavailable);
    await expect(embedder.embed(['a'], 'bulk')).rejects.toBeInstanceOf(EmbedderUnavailable);
    const reason = expect.stringContaining('could not be loaded');
    expect(embedder.status()).toEqual({ state: 'failed', reason });
    expect(loads()).toBe(3);
  });

  it('is loaded for who asks later', async () => {
    startFailing(3, 0);
    await expect(embedder.embed(['a'], 'interactive')).rejects.toThrow('could not be loaded');
    expect(await embedder.embed(['a'], 'interactive')).toEqual([Float32Array.of(4)]);
  });
});
