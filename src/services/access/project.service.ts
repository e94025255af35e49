import type { Project } from '../../domain/api-key.js';
import type { Actor, ActorIn, AuditEntry } from '../../domain/audit.js';
import { errors } from '../../domain/errors.js';
import { parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { covers } from '../../domain/scope.js';
import type { Queryable } from '../../persistence/database.js';
import type { Transaction } from '../../persistence/orm.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';
import { createProjectRepository } from '../../persistence/repositories/project.repository.js';
import { parseInput } from '../validation.js';
import { ProjectBody } from './api-key.schema.js';

export type ProjectService = ReturnType<typeof createProjectService>;

/** Projects, and the logs of what was done to them. Every other project than one's own is for operators only. */
export function createProjectService({ sql, transaction }: { sql: Queryable; transaction: Transaction }) {
  const projects = createProjectRepository(sql);
  const log = createAuditRepository(sql);
  const isOperator = (actor: Pick<Actor, 'scopes'>): boolean => covers(actor.scopes, 'operator');

  /** By UUID; those that are not there, and those that the actor may not know of, are left out. */
  const findMany = async (actor: Pick<Actor, 'projectId' | 'scopes'>, uuids: readonly string[]): Promise<Project[]> => {
    const seen = isOperator(actor) ? uuids : uuids.filter((uuid) => uuid === actor.projectId);
    return seen.length === 0 ? [] : projects.findMany(seen);
  };
  const get = async (actor: Actor, id: string): Promise<Project> => {
    const uuid = parsePublicId('project', id);
    const [project] = uuid === null ? [] : await findMany(actor, [uuid]);
    if (project === undefined) throw errors.notFound(id);
    return project;
  };
  const target = async (actor: Actor, project: string | null): Promise<string> =>
    project === null ? actor.projectId : (await get(actor, project)).id;

  return {
    /** The first project, made at the first start. */
    ensureDefault: (): Promise<Project> => projects.ensureDefault(),

    /** @throws 404, also for a project that the actor may not know of */
    get,

    findMany,

    /** The UUID of the project that is meant; null means the actor's own. @throws 404 */
    target,

    /** The same actor in the project that is meant; null means the actor's own. @throws 404 */
    actorIn: async (actor: Actor, project: string | null): Promise<ActorIn> => ({
      ...actor,
      projectId: await target(actor, project),
      everyProject: project === null && isOperator(actor),
    }),

    /** The oldest project of this name. */
    findByName: (name: string): Promise<Project | null> => projects.findByName(name),

    /** Oldest last by default. */
    list: (page: PageRequest<string>): Promise<Page<Project>> => projects.list(page),

    /** @throws 400 */
    async create(actor: Actor, unchecked: unknown): Promise<Project> {
      const { name } = parseInput(ProjectBody, unchecked);
      return transaction(async (tx) => {
        const project = await createProjectRepository(tx).create(name);
        await createAuditRepository(tx).append(project.id, actor, {
          action: 'project.created',
          targetId: toPublicId('project', project.id),
          before: null,
          after: { name },
        });
        return project;
      });
    },

    /** Gives a project another name. @throws 404, 400 */
    async update(actor: Actor, id: string, unchecked: unknown): Promise<Project> {
      const { name } = parseInput(ProjectBody, unchecked);
      const uuid = await target(actor, id);
      return transaction(async (tx) => {
        const renamed = await createProjectRepository(tx).rename(uuid, name);
        if (renamed === null) throw errors.notFound(id);
        await createAuditRepository(tx).append(uuid, actor, {
          action: 'project.updated',
          targetId: id,
          before: { name: renamed.before.name },
          after: { name },
        });
        return renamed.after;
      });
    },

    /** Entries of the log of one's own project by UUID; those that are not there are left out. */
    findAuditEntries: ({ projectId }: Pick<Actor, 'projectId'>, uuids: readonly string[]): Promise<AuditEntry[]> =>
      log.findMany(projectId, uuids),

    /** What administrators did to a project and what belongs to it, newest first by default. @throws 404 */
    async auditLog(actor: Actor, page: PageRequest<string>, project: string | null = null): Promise<Page<AuditEntry>> {
      return log.list(await target(actor, project), page);
    },
  };
}
