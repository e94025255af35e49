import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type Actor, callerOf } from '../../domain/audit.js';
import type { Context } from '../context.js';
import {
  CreateApiKeyInput,
  CreateClientTokenInput,
  CreateProjectInput,
  OTHER_PROJECT,
  RevokeApiKeyInput,
  RotateApiKeyInput,
  toApiKeyBody,
  toClientTokenBody,
  toRotateBody,
  UpdateApiKeyInput,
  UpdateProjectInput,
} from '../inputs/access.input.js';
import { ApiKeyFilterInput, toListFilter } from '../inputs/list-filter.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import {
  ApiKeyConnection,
  ApiKeyType,
  AuditEntryConnection,
  type AuditEntryType,
  type ClientTokenType,
  ProjectConnection,
  ProjectType,
} from '../types/access.type.js';
import {
  CreateApiKeyPayload,
  CreateClientTokenPayload,
  CreateProjectPayload,
  RevokeApiKeyPayload,
  RotateApiKeyPayload,
  UpdateApiKeyPayload,
  UpdateProjectPayload,
} from '../types/access-payload.types.js';
import { CreationOrderEnum } from '../types/enums.js';
import { payload } from '../user-errors.js';
import { wholeSeconds } from './printing.js';
import { toApiKeyType, toAuditEntryType, toProjectType } from './printing-admin.js';

const actorOf = ({ principal, requestId }: Context): Actor => callerOf(principal, requestId);
const idOf = ({ id }: { id: string }): string => id;

const mapped = <From, To>(page: { rows: From[]; hasNext: boolean; hasPrevious: boolean }, map: (row: From) => To) => ({
  ...page,
  rows: page.rows.map(map),
});

interface ValueOutcome {
  apiKey: ApiKeyType | null;
  value: string | null;
}
const noValue: ValueOutcome = { apiKey: null, value: null };

/** Administration: the keys of a project, projects, and the log of what was done to them. */
@Resolver()
export class AccessResolver {
  @Query(() => ApiKeyType, { nullable: true, description: 'A key by its id. Takes the scope `admin`.' })
  async apiKey(
    @Arg('id', () => ID, { description: 'Id of the key, `key_…`.' }) id: string,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<ApiKeyType> {
    return toApiKeyType(await ctx.services.apiKeys.get(actorOf(ctx), id, projectId ?? null));
  }

  @Query(() => ApiKeyConnection, {
    description: 'The project’s keys, newest first, ended ones too. Takes the scope `admin`.',
  })
  async apiKeys(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Arg('filter', () => ApiKeyFilterInput, { nullable: true, description: 'Which keys to list. Default: all.' })
    filter: ApiKeyFilterInput | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<ApiKeyType>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('key'));
    const found = await ctx.services.apiKeys.list(actorOf(ctx), page, projectId ?? null, toListFilter(filter));
    return toConnection(
      mapped(found, (key) => toApiKeyType(key)),
      idOf,
    );
  }

  @Query(() => AuditEntryConnection, {
    description:
      'What was done to the project, its keys, budgets, prices and webhook endpoints, newest first. Takes the scope `admin`.',
  })
  async auditLog(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<Connection<AuditEntryType>> {
    const page = toPageRequest(args, 'desc', idCursor('audit'));
    const found = await ctx.services.projects.auditLog(actorOf(ctx), page, projectId ?? null);
    return toConnection(mapped(found, toAuditEntryType), idOf);
  }

  @Query(() => ProjectType, {
    nullable: true,
    description: 'A project by its id: one’s own, or for operators any. Takes the scope `admin`.',
  })
  async project(
    @Arg('id', () => ID, { description: 'Id of the project, `proj_…`.' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<ProjectType> {
    return toProjectType(await ctx.services.projects.get(actorOf(ctx), id));
  }

  @Query(() => ProjectConnection, { description: 'All projects, newest first. Takes the scope `operator`.' })
  async projects(@Args(() => PageArgs) args: PageArgs, @Ctx() ctx: Context): Promise<Connection<ProjectType>> {
    const page = toPageRequest(args, 'desc', idCursor('project'));
    return toConnection(mapped(await ctx.services.projects.list(page), toProjectType), idOf);
  }

  @Mutation(() => CreateClientTokenPayload, {
    description: 'Makes a short-lived token for the browser of one end user. Takes the scope `client_tokens:write`.',
  })
  createClientToken(
    @Arg('input', () => CreateClientTokenInput, { description: 'For whom, and what it may do.' })
    input: CreateClientTokenInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ clientToken: ClientTokenType | null }>({ clientToken: null }, input, async () => {
      const { expiresAtMs, ...token } = ctx.services.access.createClientToken(ctx.principal, toClientTokenBody(input));
      return { clientToken: { ...token, expiresAt: wholeSeconds(expiresAtMs) } };
    });
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: 'Creates a key. Its value is shown this once. Takes the scope `admin`.',
  })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
    @Ctx() ctx: Context,
  ) {
    return payload<ValueOutcome>(noValue, input, async () => {
      const project = input.projectId ?? null;
      const { key, secret } = await ctx.services.apiKeys.create(actorOf(ctx), toApiKeyBody(input), project);
      return { apiKey: toApiKeyType(key), value: secret };
    });
  }

  @Mutation(() => UpdateApiKeyPayload, {
    description: 'Changes a key, at once everywhere. Takes the scope `admin`.',
  })
  updateApiKey(
    @Arg('input', () => UpdateApiKeyInput, { description: 'Which key, and what changes.' }) input: UpdateApiKeyInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ apiKey: ApiKeyType | null }>({ apiKey: null }, input, async () => {
      const { id, projectId } = input;
      const key = await ctx.services.apiKeys.update(actorOf(ctx), id, toApiKeyBody(input), projectId ?? null);
      return { apiKey: toApiKeyType(key) };
    });
  }

  @Mutation(() => RotateApiKeyPayload, {
    description:
      'Gives a key a new value, shown this once. The old one may work beside it for a while. Takes the scope `admin`.',
  })
  rotateApiKey(
    @Arg('input', () => RotateApiKeyInput, { description: 'Which key, and how long the old value works.' })
    input: RotateApiKeyInput,
    @Ctx() ctx: Context,
  ) {
    return payload<ValueOutcome>(noValue, input, async () => {
      const project = input.projectId ?? null;
      const { key, secret } = await ctx.services.apiKeys.rotate(actorOf(ctx), input.id, toRotateBody(input), project);
      return { apiKey: toApiKeyType(key), value: secret };
    });
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description: 'Ends a key for good, at once everywhere. Takes the scope `admin`.',
  })
  revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) input: RevokeApiKeyInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ apiKey: ApiKeyType | null }>({ apiKey: null }, input, async () => ({
      apiKey: toApiKeyType(await ctx.services.apiKeys.revoke(actorOf(ctx), input.id, input.projectId ?? null)),
    }));
  }

  @Mutation(() => CreateProjectPayload, { description: 'Creates a project. Takes the scope `operator`.' })
  createProject(
    @Arg('input', () => CreateProjectInput, { description: 'The new project.' }) input: CreateProjectInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ project: ProjectType | null }>({ project: null }, input, async () => ({
      project: toProjectType(await ctx.services.projects.create(actorOf(ctx), { name: input.name })),
    }));
  }

  @Mutation(() => UpdateProjectPayload, { description: 'Renames a project. Takes the scope `operator`.' })
  updateProject(
    @Arg('input', () => UpdateProjectInput, { description: 'Which project, and its new name.' })
    input: UpdateProjectInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ project: ProjectType | null }>({ project: null }, input, async () => ({
      project: toProjectType(await ctx.services.projects.update(actorOf(ctx), input.id, { name: input.name })),
    }));
  }
}
