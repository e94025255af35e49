import { z } from 'zod';
import { type ActorIn, callerOf } from '../domain/audit.js';
import { parseInput } from '../services/validation.js';
import type { RouteContext } from './define-route.js';

/** Query of what operators may do in every project. */
export const ProjectQuery = z.object({
  project_id: z.string().max(256).optional().describe('Another project than the key’s own; for operators.'),
});

/** The project that is meant, by its public id; null for the key's own. */
export const projectOf = ({ query }: RouteContext): string | null => parseInput(ProjectQuery, query).project_id ?? null;

/** Who asks, in the project that is meant. @throws 404 */
export const actorIn = (context: RouteContext): Promise<ActorIn> =>
  context.services.projects.actorIn(callerOf(context.principal, context.request.id), projectOf(context));
