import { type GatewayError, toGatewayError } from '../../domain/errors.js';
import type { ModelRequest } from '../../providers/provider.js';
import { modelItems } from './model-request.js';
import type { RunPlan } from './run-plan.js';

/** Brings the context of a run in a conversation up to date, now that it has the lock. What speaks against running it then. */
export async function refreshed(
  plan: RunPlan,
  refresh: NonNullable<RunPlan['refresh']>,
  request: ModelRequest,
): Promise<GatewayError | null> {
  try {
    plan.context = await refresh();
    request.items = modelItems(plan);
    return null;
  } catch (thrown) {
    return toGatewayError(thrown);
  }
}
