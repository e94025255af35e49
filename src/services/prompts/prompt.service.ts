import { z } from 'zod';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, parseVersion } from '../../domain/ids.js';
import type { NameFilter } from '../../domain/list-filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import type { Prompt, PromptFields } from '../../domain/prompt.js';
import type { Tool } from '../../domain/tool.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { PromptRepository, VersionKey } from '../../persistence/repositories/prompt.repository.js';
import type { Sealer } from '../access/sealer.js';
import { withKnownCursors } from '../cursors.js';
import { Tools } from '../tools.schema.js';
import { decimal, Metadata, parseInput, shortText } from '../validation.js';
import { openTools, sealTools } from './sealed-tools.js';

const NUL = '\u0000';
const longText = z
  .string()
  .max(1_048_576)
  .refine((text) => !text.includes(NUL), { message: 'NUL characters are not allowed.' });

const fields = {
  display_name: shortText(256).nullish(),
  instructions: longText.nullish().describe('Template with {{variable}} placeholders.'),
  model: shortText(256).nullish(),
  temperature: decimal(0, 2).nullish(),
  tools: Tools.nullish(),
  variables: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), z.union([z.string().max(1_048_576), z.null()]))
    .nullish()
    .describe('Declared variables and their defaults; null makes one required.'),
  metadata: Metadata.nullish(),
};

/** Names are also what requests may write instead of the id, so they cannot look like one. */
const Name = shortText(128).refine((name) => parsePublicId('prompt', name) === null, {
  message: 'a name cannot look like a prompt id.',
});

/** Body of `POST /prompts`. */
export const CreatePromptBody = z.looseObject({ name: Name, ...fields });
/** Body of `PUT /prompts/{id}`: given fields change, others stay. Null clears a field. */
export const UpdatePromptBody = z.looseObject({ name: Name.optional(), ...fields });

const toFields = (body: z.output<typeof UpdatePromptBody>, seal: (tools: Tool[]) => Tool[]): Partial<PromptFields> => {
  const given: Partial<PromptFields> = {};
  if (body.display_name !== undefined) given.displayName = body.display_name;
  if (body.instructions !== undefined) given.instructions = body.instructions;
  if (body.model !== undefined) given.model = body.model;
  if (body.temperature !== undefined) given.temperature = body.temperature;
  if (body.tools !== undefined) given.tools = seal(body.tools ?? []);
  if (body.variables !== undefined) given.variables = body.variables ?? {};
  if (body.metadata !== undefined) given.metadata = body.metadata ?? {};
  return given;
};

export type PromptService = ReturnType<typeof createPromptService>;

/** Named, versioned prompts. Every update writes a new version; responses record the one they used. */
export function createPromptService(prompts: PromptRepository, sealer: Sealer) {
  const sealFor =
    ({ projectId }: Principal) =>
    (tools: Tool[]): Tool[] =>
      sealTools(tools, sealer, projectId);

  const find = async (principal: Principal, idOrName: string): Promise<Prompt | null> => {
    const id = parsePublicId('prompt', idOrName);
    if (idOrName.includes(NUL)) return null;
    return prompts.find(principal.projectId, id === null ? { name: idOrName } : { id });
  };

  return {
    /** @throws 400 for a bad body, 409 `name_taken` */
    async create(principal: Principal, unchecked: unknown): Promise<Prompt> {
      const body = parseInput(CreatePromptBody, unchecked);
      const id = newUuid();
      const created = await prompts.create(principal.projectId, id, body.name, {
        displayName: null,
        instructions: null,
        model: null,
        temperature: null,
        tools: [],
        variables: {},
        metadata: {},
        ...toFields(body, sealFor(principal)),
      });
      if (!created) throw errors.promptNameTaken(body.name);
      return (await prompts.find(principal.projectId, { id })) as Prompt;
    },

    /** Writes the next version. @throws 404, 400, 409 `name_taken` */
    async update(principal: Principal, publicId: string, unchecked: unknown): Promise<Prompt> {
      const body = parseInput(UpdatePromptBody, unchecked);
      const current = await this.get(principal, publicId);
      const fields = toFields(body, sealFor(principal));
      if (body.name === undefined && Object.keys(fields).length === 0)
        throw errors.invalidParameter('missing_required_parameter', '', 'Send at least one field to change.');
      const updated = await prompts.update(principal.projectId, current.id, body.name, fields);
      if (updated === 'unknown') throw errors.notFound(publicId);
      if (updated === 'name-taken') throw errors.promptNameTaken(body.name ?? '');
      return updated;
    },

    /** A prompt by id or by name, null if there is none. */
    find,

    /** A prompt by id or by name. @throws 404 */
    async get(principal: Principal, idOrName: string): Promise<Prompt> {
      const prompt = await find(principal, idOrName);
      if (prompt === null) throw errors.notFound(idOrName);
      return prompt;
    },

    /** The version a request names, or the current one. @throws 404 on `prompt.id` or `prompt.version` */
    async resolve(principal: Principal, idOrName: string, version: string | null): Promise<Prompt> {
      const prompt = await find(principal, idOrName);
      if (prompt === null) throw errors.promptNotFound(idOrName);
      if (version === null || version === String(prompt.version)) return prompt;
      const number = parseVersion(version);
      const [found] =
        number === null
          ? []
          : await prompts.findVersions(principal.projectId, [{ promptId: prompt.id, version: number }]);
      if (found === undefined) throw errors.promptVersionNotFound(idOrName, version);
      return found;
    },

    /** A prompt's tools as they were given, with the secrets that its readers do not see. */
    toolsOf: ({ projectId }: Principal, prompt: Prompt): Tool[] => openTools(prompt.tools, sealer, projectId),

    findMany: (principal: Principal, ids: readonly string[]): Promise<Prompt[]> =>
      prompts.findMany(principal.projectId, ids),

    /** Versions of any prompts; those that are not there are left out. */
    findVersions: (principal: Principal, versions: readonly VersionKey[]): Promise<Prompt[]> =>
      prompts.findVersions(principal.projectId, versions),

    list: (principal: Principal, page: PageRequest<string>, filter: NameFilter = {}): Promise<Page<Prompt>> =>
      withKnownCursors(
        page,
        (ids) => prompts.findMany(principal.projectId, ids),
        () => prompts.list(principal.projectId, page, filter),
      ),

    /** Versions of one prompt, by its UUID. Keys are version numbers. */
    listVersions: (principal: Principal, id: string, page: PageRequest<number>): Promise<Page<Prompt>> =>
      withKnownCursors(
        page,
        (versions) =>
          prompts.findVersions(
            principal.projectId,
            versions.map((version) => ({ promptId: id, version })),
          ),
        () => prompts.listVersions(principal.projectId, id, page),
      ),

    /** The first versions of many prompts, by UUID. */
    listVersionsOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<Prompt>>> => prompts.listVersionsOfMany(principal.projectId, uuids, page),

    /** Deletes a prompt and its versions. @throws 404 */
    async delete(principal: Principal, idOrName: string): Promise<Prompt> {
      const prompt = await this.get(principal, idOrName);
      if (!(await prompts.delete(principal.projectId, prompt.id))) throw errors.notFound(idOrName);
      return prompt;
    },
  };
}
