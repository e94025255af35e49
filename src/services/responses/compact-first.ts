import { type GatewayError, toGatewayError } from '../../domain/errors.js';
import type { Signal } from '../../domain/signal.js';
import { addUsage, noUsage } from '../../domain/usage.js';
import type { ModelRequest } from '../../providers/provider.js';
import { type CompactionItems, isTooLong } from '../compaction/compaction-items.js';
import { isSpokenTo, splitContext } from '../compaction/compaction-plan.js';
import type { Compactor } from '../compaction/compactor.js';
import type { Spent } from '../usage/metered-calls.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { modelItems } from './model-request.js';
import type { OutputBuilder } from './output-builder.js';
import type { RunPlan } from './run-plan.js';
import type { Ending, Spending } from './tool-loop.js';

export interface CompactFirstOptions {
  plan: RunPlan;
  /** The first turn's request; its items become the smaller context, as the plan's. */
  request: ModelRequest;
  spending: Spending;
  builder: OutputBuilder;
  compactor: Compactor;
  compactions: CompactionItems;
  counter: TokenCounter;
  signal: Signal;
  /** Holds the money of a further call, given what was spent before it. */
  afford(request: ModelRequest): Promise<GatewayError | null>;
}

/**
 * Makes a run's context smaller before its first turn, if its plan says so: the model sums up what it has seen, and a compaction
 * item in the output stands for it from now on, in this run, its chain and its conversation. Answers how the run ends, or
 * null when the model's turn comes next.
 */
export async function compactFirst(options: CompactFirstOptions): Promise<Ending | null> {
  const { plan, request, spending, builder, compactor, compactions, counter, signal, afford } = options;
  if (plan.compaction === null) return null;
  const { projectId } = plan.record;
  const { head, tail } = splitContext(plan.context, plan.compaction);
  if (head.length === 0) return null;
  if (plan.compaction.above > 0 && (await countPrompt(counter, request)) <= plan.compaction.above) return null;

  const spent: Spent = { usage: noUsage, isEstimated: false };
  const { provider, maxOutputTokens } = plan.route;
  try {
    const task = { provider, request, items: modelItems({ ...plan, context: head }), maxOutputTokens, signal, afford };
    const { summary, kept } = await compactor.compact(task, isSpokenTo, spent);
    const { item } = compactions.create(projectId, { summary, kept, replaces: true, tail });
    if (isTooLong(item)) return null;
    builder.startToolItem(item).finish(item);
    plan.context = compactions.expand(projectId, [item]);
    request.items = modelItems(plan);
  } catch (thrown) {
    return signal.aborted ? { status: 'cancelled' } : { status: 'failed', error: toGatewayError(thrown) };
  } finally {
    spending.usage = addUsage(spending.usage, spent.usage);
    spending.isEstimated ||= spent.isEstimated;
  }
  if (plan.compaction.isAll) return { status: 'completed' };
  const refusal = await afford(request);
  return refusal === null ? null : { status: 'failed', error: refusal };
}
