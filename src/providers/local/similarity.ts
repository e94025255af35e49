import { type Embedder, EmbedderUnavailable } from './embedder.js';
import { overlap } from './extractive/words.js';

/** How near each text is to `query`, 1 for the same meaning, around 0 for none. */
export type Similarity = (query: string, texts: readonly string[]) => Promise<number[]>;

/** Longest text given to the model: it has no limit of its own, and its time grows with the length. */
const maxLength = 2_000;
/** Vectors kept, 2 KB each: a conversation's sentences are embedded once, not once per turn. */
const cacheSize = 2_000;

/**
 * Cosine of embeddings. When the embedding model cannot be loaded, the share of the query's words that a text holds
 * stands in; `/v1/models` says which of the two it is.
 */
export function createSimilarity(embedder: Embedder): Similarity {
  const cache = new Map<string, Float32Array>();

  const remember = (text: string, vector: Float32Array): void => {
    cache.delete(text);
    cache.set(text, vector);
    for (const oldest of cache.keys()) {
      if (cache.size <= cacheSize) break;
      cache.delete(oldest);
    }
  };

  const vectorsOf = async (texts: readonly string[]): Promise<Map<string, Float32Array>> => {
    const found = new Map<string, Float32Array>();
    const missing = new Set<string>();
    for (const text of texts) {
      const known = cache.get(text);
      if (known === undefined) missing.add(text);
      else found.set(text, known);
    }
    const list = [...missing];
    const made = await embedder.embed(list, 'interactive');
    for (const [index, text] of list.entries()) {
      const vector = made[index];
      if (vector !== undefined) found.set(text, vector);
    }
    for (const [text, vector] of found) remember(text, vector);
    return found;
  };

  return async (query, texts) => {
    const cut = texts.map((text) => text.trim().slice(0, maxLength));
    const asked = query.trim().slice(0, maxLength);
    if (asked === '' || cut.every((text) => text === '')) return texts.map(() => 0);
    try {
      const vectors = await vectorsOf([asked, ...cut.filter((text) => text !== '')]);
      const from = vectors.get(asked);
      return cut.map((text) => cosine(from, vectors.get(text)));
    } catch (error) {
      if (!(error instanceof EmbedderUnavailable)) throw error;
      return cut.map((text) => overlap(asked, text));
    }
  };
}

/** Both are unit vectors. */
function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
