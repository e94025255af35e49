import type { GatewayError } from '../../domain/errors.js';
import type { ModelRouter } from '../models/model-router.js';

/** The embedding model is not there: what depends on it goes on with words alone, and says so. */
export class EmbeddingsUnavailable extends Error {
  override name = 'EmbeddingsUnavailable';
}

export interface Embedder {
  /** Name of the model, as routes know it; recorded with every store. */
  readonly model: string;
  /**
   * A unit vector per text, in order.
   *
   * @throws EmbeddingsUnavailable when the built-in model cannot be loaded; the upstream's own error otherwise
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
  /** Why there are no embeddings at present, or null. */
  fault(): string | null;
}

/** Texts are windows and questions: longer ones are cut, because a model's time grows with their length. */
const MAX_LENGTH = 2000;
/** How long a fault is remembered: searches meanwhile do not wait for the model in vain. */
const FAULT_MS = 60_000;

/** Embeddings by whatever upstream the model's name is routed to; the built-in one by default. */
export function createEmbedder({ router, model }: { router: ModelRouter; model: string }): Embedder {
  let fault: { reason: string; untilMs: number } | null = null;
  const current = (): string | null => (fault !== null && fault.untilMs > Date.now() ? fault.reason : null);

  return {
    model,
    fault: current,
    async embed(texts, signal) {
      const route = router.resolve(model);
      const isBuiltIn = route.provider.id === 'local';
      const known = current();
      if (known !== null && isBuiltIn) throw new EmbeddingsUnavailable(known);
      try {
        const input = texts.map((text) => text.slice(0, MAX_LENGTH).toWellFormed());
        const body = { model: route.upstreamModel, input, encoding_format: 'base64' };
        const answer = await route.provider.forward({ endpoint: '/embeddings', body, maxOutputTokens: null }, signal);
        const { json } = await answer.whole();
        const vectors = readVectors(json, texts.length);
        fault = null;
        return vectors;
      } catch (error) {
        if (signal.aborted) throw error;
        const { status, message } = error as GatewayError;
        fault = { reason: message, untilMs: Date.now() + FAULT_MS };
        throw isBuiltIn && status >= 500 ? new EmbeddingsUnavailable(message) : error;
      }
    },
  };
}

/** The vectors of an answer, in the order of the texts. @throws Error when they are not what was asked for */
function readVectors(json: Record<string, unknown>, count: number): Float32Array[] {
  const data = Array.isArray(json.data) ? (json.data as { index?: number; embedding?: unknown }[]) : [];
  const vectors: Float32Array[] = new Array(count);
  for (const [position, { index, embedding }] of data.entries()) vectors[index ?? position] = toVector(embedding);
  const length = vectors[0]?.length ?? 0;
  if (data.length !== count || length === 0 || !vectors.every((vector) => vector?.length === length))
    throw new Error('The embedding model answered with something else than one vector per text.');
  return vectors;
}

/** Numbers or base64 of little-endian floats, brought to length 1. */
function toVector(embedding: unknown): Float32Array {
  const vector =
    typeof embedding === 'string'
      ? new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer)
      : new Float32Array(Array.isArray(embedding) ? (embedding as number[]) : []);
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) throw new Error('The embedding model answered with numbers that are none.');
  return norm === 0 ? vector : vector.map((value) => value / norm);
}
