import { type ActorIn, callerOf } from '../domain/audit.js';
import type { Context } from './context.js';

/** Who asks, in the project that is meant; nothing means the key's own. @throws 404 */
export const actorIn = (
  { principal, requestId, services }: Context,
  projectId: string | null | undefined,
): Promise<ActorIn> => services.projects.actorIn(callerOf(principal, requestId), projectId ?? null);
