import { BUILT_IN_EMBEDDING } from '../../domain/model.js';
import { ApiError, badValue } from './api-error.js';
import { type Embedder, EmbedderUnavailable } from './embedder.js';
import { isObject } from './json.js';
import type { Tokenizer } from './tokenizer.js';

/** Texts in one request, and tokens in one text: OpenAI's own limits. */
const maxTexts = 2_048;
const maxTokens = 8_192;

/** `POST /v1/embeddings`: one vector per text, as a list or as base64 of little-endian floats. Given up when the signal aborts. */
export async function createEmbeddings(
  body: unknown,
  parts: { embedder: Embedder; tokenizer: Tokenizer },
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { texts, isBase64 } = parseBody(body);
  const counts = texts.map((text) => parts.tokenizer.count(text));
  const tooLong = counts.findIndex((count) => count > maxTokens);
  if (tooLong >= 0)
    throw badValue('input', `Text ${tooLong} is longer than ${maxTokens} tokens.`, 'context_length_exceeded');
  // One text is a question, and somebody waits for its answer; many are an index that is being built.
  const priority = texts.length === 1 ? 'interactive' : 'bulk';
  const vectors = await parts.embedder.embed(texts, priority, signal).catch((error: unknown) => {
    if (error instanceof EmbedderUnavailable)
      throw new ApiError(503, error.message, { code: 'embeddings_unavailable', param: null });
    throw error;
  });
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  return {
    object: 'list',
    model: BUILT_IN_EMBEDDING.model,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64
        ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
        : [...vector],
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function parseBody(body: unknown): { texts: string[]; isBase64: boolean } {
  if (!isObject(body)) throw badValue('', 'The body must be a JSON object.', null);
  const texts = typeof body.input === 'string' ? [body.input] : body.input;
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text): text is string => typeof text === 'string'))
    throw badValue('input', "'input' must be a text or a list of texts.", 'invalid_type');
  if (texts.length > maxTexts) throw badValue('input', `At most ${maxTexts} texts fit one request.`);
  if (texts.some((text) => text.trim() === '')) throw badValue('input', 'An empty text has no embedding.');
  const { dimensions } = BUILT_IN_EMBEDDING;
  if ((body.dimensions ?? dimensions) !== dimensions)
    throw badValue('dimensions', `The built-in model has ${dimensions} dimensions.`, 'unsupported_value');
  return { texts, isBase64: body.encoding_format === 'base64' };
}
