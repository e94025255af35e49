import { randomUUID } from 'node:crypto';
import type { AnswerPart, ChatAnnotation, Delta, FinishReason } from './answer.js';
import type { AnswerPlan, Citation } from './extractive/rule.js';
import type { Tokenizer } from './tokenizer.js';

/** A plan as it is sent: one delta per token, and what it came to. */
export interface PrintedPlan {
  deltas: Delta[];
  reason: FinishReason;
  /** Exact o200k tokens of the text, and of each call's name and arguments; the limit itself when it was reached. */
  completionTokens: number;
}

/** Deltas written to a stream at once. */
const batchSize = 64;

/**
 * Cuts a plan into deltas of whole code points. Text ends before the first stop sequence, and everything ends where
 * `maxTokens` is used up, inside a call's arguments too. Call ids are random, all else is the same every time.
 */
export function printPlan(
  plan: AnswerPlan,
  tokenizer: Tokenizer,
  limits: { maxTokens: number | null; stop: readonly string[] },
): PrintedPlan {
  const max = limits.maxTokens ?? Number.POSITIVE_INFINITY;
  const deltas: Delta[] = [];
  let used = 0;
  let isCut = false;
  /** Sends a text until the limit. */
  const print = (text: string, toDelta: (piece: string) => Delta): number => {
    let printed = 0;
    for (const piece of tokenizer.pieces(text)) {
      if (isCut || used + piece.tokens > max) {
        isCut = true;
        break;
      }
      used += piece.tokens;
      printed += piece.text.length;
      deltas.push(toDelta(piece.text));
    }
    return printed;
  };

  const text = untilStop(plan.text ?? '', limits.stop);
  const length = print(text, (content) => ({ content }));
  const annotations = (plan.citations ?? []).filter(({ end }) => end <= length).map(toAnnotation);
  if (annotations.length > 0) deltas.push({ annotations });
  for (const [index, call] of (plan.toolCalls ?? []).entries()) {
    if (isCut) break;
    used += tokenizer.count(call.name);
    // A name cut in half would call something else; the call stands, without arguments.
    isCut = used > max;
    deltas.push({
      tool_calls: [
        {
          index,
          id: `call_${randomUUID().replaceAll('-', '')}`,
          type: 'function',
          function: { name: call.name, arguments: '' },
        },
      ],
    });
    print(call.arguments, (piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }));
  }
  const reason = isCut ? 'length' : plan.toolCalls === undefined ? 'stop' : 'tool_calls';
  return { deltas, reason, completionTokens: isCut ? max : used };
}

/** The parts of a printed plan in batches, with a turn of the event loop between them. */
export async function* batchesOf(
  printed: PrintedPlan,
  finish: Extract<AnswerPart, { type: 'finish' }>,
): AsyncGenerator<readonly AnswerPart[]> {
  let batch: AnswerPart[] = [{ type: 'delta', delta: { role: 'assistant', content: '' } }];
  for (const delta of printed.deltas) {
    batch.push({ type: 'delta', delta });
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
    await new Promise(setImmediate);
  }
  batch.push(finish);
  yield batch;
}

function untilStop(text: string, stops: readonly string[]): string {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? text : text.slice(0, Math.min(...found));
}

const toAnnotation = (citation: Citation): ChatAnnotation =>
  citation.type === 'url_citation'
    ? {
        type: 'url_citation',
        url_citation: {
          url: citation.url,
          title: citation.title,
          start_index: citation.start,
          end_index: citation.end,
        },
      }
    : {
        type: 'file_citation',
        file_citation: { file_id: citation.fileId, filename: citation.filename, index: citation.end },
      };
