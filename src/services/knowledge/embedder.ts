import { errors, type GatewayError } from '../../domain/errors.js';
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
   * @param patience `hurried` does not ask a built-in model that failed a moment ago; `patient` always asks
   * @throws EmbeddingsUnavailable when the built-in model cannot be loaded; the upstream's own error otherwise
   */
  embed(texts: readonly string[], signal: AbortSignal, patience: 'hurried' | 'patient'): Promise<Float32Array[]>;
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
    async embed(texts, signal, patience) {
      const route = router.resolve(model);
      const isBuiltIn = route.provider.id === 'local';
      const known = patience === 'hurried' ? current() : null;
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

const notOneEach = () =>
  errors.providerFailed('The embedding model answered with something else than one vector per text.');
const noNumbers = () => errors.providerFailed('The embedding model answered with numbers that are none.');

/** The vectors of an answer, in the order of the texts. @throws 502 when they are not what was asked for */
function readVectors(json: Record<string, unknown>, count: number): Float32Array[] {
  const data = Array.isArray(json.data) ? (json.data as { index?: number; embedding?: unknown }[]) : [];
  if (data.length !== count) throw notOneEach();
  const vectors = new Map(data.map(({ index, embedding }, position) => [index ?? position, toVector(embedding)]));
  return Array.from({ length: count }, (_none, position) => {
    const vector = vectors.get(position);
    if (vector === undefined || vector.length === 0 || vector.length !== vectors.get(0)?.length) throw notOneEach();
    return vector;
  });
}

/** Numbers or base64 of little-endian floats, brought to length 1. */
function toVector(embedding: unknown): Float32Array {
  const vector =
    typeof embedding === 'string'
      ? fromBase64(embedding)
      : new Float32Array(Array.isArray(embedding) ? (embedding as number[]) : []);
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) throw noNumbers();
  if (norm > 0) for (let index = 0; index < vector.length; index += 1) vector[index] = (vector[index] as number) / norm;
  return vector;
}

/** Decoded where it stays: an index is tens of thousands of vectors, on the thread that serves requests. */
function fromBase64(text: string): Float32Array {
  const bytes = Buffer.byteLength(text, 'base64');
  const vector = new Float32Array(Math.floor(bytes / 4));
  if (Buffer.from(vector.buffer).write(text, 'base64') !== bytes) throw noNumbers();
  return vector;
}
