import { type MikroORM, UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { NameFilter } from '../../domain/list-filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { keyset, toPage } from '../../domain/page.js';
import type { Prompt, PromptFields } from '../../domain/prompt.js';
import type { Queryable } from '../database.js';
import { PromptEntity, PromptVersionEntity } from '../entities/prompt.entity.js';
import { likePrefix } from '../list-conditions.js';
import { entityPage, type FirstPage, pagesByParent, withoutCursors } from './pages.js';

/** Names a version of a prompt. */
export interface VersionKey {
  /** UUID of the prompt. */
  promptId: string;
  version: number;
}

export type PromptRepository = ReturnType<typeof createPromptRepository>;

const toPrompt = (prompt: PromptEntity, version: PromptVersionEntity): Prompt => ({
  projectId: prompt.projectId,
  id: prompt.id,
  name: prompt.name,
  version: version.version,
  currentVersion: prompt.version,
  createdAtMs: prompt.createdAt.getTime(),
  updatedAtMs: version.createdAt.getTime(),
  displayName: version.displayName ?? null,
  instructions: version.instructions ?? null,
  model: version.model ?? null,
  temperature: version.temperature ?? null,
  tools: version.tools,
  variables: version.variables,
  metadata: version.metadata,
});

const versionRow = (projectId: string, promptId: string, version: number, fields: PromptFields) => ({
  projectId,
  promptId,
  version,
  ...fields,
  createdAt: new Date(),
});

/** Prompts and their versions. A prompt is read with the fields of one of its versions. */
export function createPromptRepository(orm: MikroORM, sql: Queryable) {
  const currentOf = async (prompts: PromptEntity[]): Promise<Prompt[]> => {
    if (prompts.length === 0) return [];
    const [first] = prompts;
    const versions = await orm.em.fork().find(PromptVersionEntity, {
      projectId: first?.projectId,
      $or: prompts.map((prompt) => ({ promptId: prompt.id, version: prompt.version })),
    });
    const byPrompt = new Map(versions.map((version) => [version.promptId, version]));
    return prompts.flatMap((prompt) => {
      const version = byPrompt.get(prompt.id);
      return version === undefined ? [] : [toPrompt(prompt, version)];
    });
  };

  /** Versions in the order of their keys, however many prompts they are of; those that are not there are left out. */
  const findVersions = async (projectId: string, keys: readonly VersionKey[]): Promise<Prompt[]> => {
    if (keys.length === 0) return [];
    const em = orm.em.fork();
    const ids = [...new Set(keys.map(({ promptId }) => promptId))];
    const prompts = await em.find(PromptEntity, { projectId, id: { $in: ids } });
    const versions = await em.find(PromptVersionEntity, {
      projectId,
      $or: keys.map(({ promptId, version }) => ({ promptId, version })),
    });
    const promptById = new Map(prompts.map((prompt) => [prompt.id, prompt]));
    const versionByKey = new Map(versions.map((version) => [`${version.promptId}:${version.version}`, version]));
    return keys.flatMap(({ promptId, version: number }) => {
      const prompt = promptById.get(promptId);
      const version = versionByKey.get(`${promptId}:${number}`);
      return prompt === undefined || version === undefined ? [] : [toPrompt(prompt, version)];
    });
  };

  return {
    /** Creates version 1. False if the name is taken. */
    async create(projectId: string, id: string, name: string, fields: PromptFields): Promise<boolean> {
      try {
        await orm.em.fork().transactional(async (em) => {
          await em.insert(PromptEntity, { projectId, id, name, version: 1, createdAt: new Date() });
          await em.insert(PromptVersionEntity, versionRow(projectId, id, 1, fields));
        });
        return true;
      } catch (error) {
        if (error instanceof UniqueConstraintViolationException) return false;
        throw error;
      }
    },

    /**
     * Writes the next version from the current one. The prompt's row is locked meanwhile, so that two updates become two
     * versions.
     */
    async update(
      projectId: string,
      id: string,
      name: string | undefined,
      change: Partial<PromptFields>,
    ): Promise<Prompt | 'unknown' | 'name-taken'> {
      try {
        return await orm.em.fork().transactional(async (em) => {
          const prompt = await em.findOne(PromptEntity, { projectId, id }, { lockMode: 4 });
          if (prompt === null) return 'unknown';
          const current = await em.findOneOrFail(PromptVersionEntity, {
            projectId,
            promptId: id,
            version: prompt.version,
          });
          const { displayName, instructions, model, temperature, tools, variables, metadata } = current;
          const fields: PromptFields = {
            displayName: displayName ?? null,
            instructions: instructions ?? null,
            model: model ?? null,
            temperature: temperature ?? null,
            tools,
            variables,
            metadata,
            ...change,
          };
          prompt.version += 1;
          if (name !== undefined) prompt.name = name;
          await em.flush();
          await em.insert(PromptVersionEntity, versionRow(projectId, id, prompt.version, fields));
          const version = await em.findOneOrFail(PromptVersionEntity, {
            projectId,
            promptId: id,
            version: prompt.version,
          });
          return toPrompt(prompt, version);
        });
      } catch (error) {
        if (error instanceof UniqueConstraintViolationException) return 'name-taken';
        throw error;
      }
    },

    /** A prompt by id or by name, with the fields of its current version. */
    async find(projectId: string, by: { id: string } | { name: string }): Promise<Prompt | null> {
      const prompt = await orm.em.fork().findOne(PromptEntity, { projectId, ...by });
      return prompt === null ? null : ((await currentOf([prompt]))[0] ?? null);
    },

    async findMany(projectId: string, ids: readonly string[]): Promise<Prompt[]> {
      return currentOf(await orm.em.fork().find(PromptEntity, { projectId, id: { $in: [...ids] } }));
    },

    findVersions,

    async list(projectId: string, page: PageRequest<string>, filter: NameFilter = {}): Promise<Page<Prompt>> {
      const { range, options } = entityPage(page, 'id');
      const { createdFromMs, createdBeforeMs, nameStartsWith } = filter;
      const rows = await orm.em.fork().find(
        PromptEntity,
        {
          projectId,
          id: range,
          ...(nameStartsWith === undefined ? {} : { name: { $like: likePrefix(nameStartsWith) } }),
          createdAt: {
            ...(createdFromMs === undefined ? {} : { $gte: new Date(createdFromMs) }),
            ...(createdBeforeMs === undefined ? {} : { $lt: new Date(createdBeforeMs) }),
          },
        },
        options,
      );
      const shown = toPage(page, rows);
      return { ...shown, rows: await currentOf(shown.rows) };
    },

    /** Versions of a prompt, newest first; keys are version numbers. */
    async listVersions(projectId: string, id: string, page: PageRequest<number>): Promise<Page<Prompt>> {
      const em = orm.em.fork();
      const prompt = await em.findOne(PromptEntity, { projectId, id });
      if (prompt === null) return { rows: [], hasNext: false, hasPrevious: false };
      const { range, options } = entityPage(page, 'version');
      const rows = await em.find(PromptVersionEntity, { projectId, promptId: id, version: range }, options);
      const shown = toPage(page, rows);
      return { ...shown, rows: shown.rows.map((version) => toPrompt(prompt, version)) };
    },

    /** The first versions of many prompts: their numbers, then their fields, however many prompts there are. */
    async listVersionsOfMany(
      projectId: string,
      ids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<Prompt>>> {
      const { orderBy } = keyset(withoutCursors(page), 'v.version', 3);
      const { rows } = await sql.query<{ prompt_id: string; version: number }>(
        `select v.prompt_id, v.version
         from unnest($2::uuid[]) as k(id)
         cross join lateral (
           select v.prompt_id, v.version from prompt_versions v where v.project_id = $1 and v.prompt_id = k.id
           ${orderBy}
         ) v
         ${orderBy.replace(/ limit .*/, '')}`,
        [projectId, ids],
      );
      const shown = await findVersions(
        projectId,
        rows.map((row) => ({ promptId: row.prompt_id, version: row.version })),
      );
      return pagesByParent(
        page,
        ids,
        shown,
        (prompt) => prompt.id,
        (prompt) => prompt,
      );
    },

    /** Deletes the prompt with all its versions. Responses that used it keep its id. */
    async delete(projectId: string, id: string): Promise<boolean> {
      return (await orm.em.fork().nativeDelete(PromptEntity, { projectId, id })) === 1;
    },
  };
}
