import type { ApiKey, Project } from '../../domain/api-key.js';
import { type AuditEntry, callerOf } from '../../domain/audit.js';
import { toPublicId } from '../../domain/ids.js';
import {
  CreateApiKeyBody,
  ProjectBody,
  RotateApiKeyBody,
  UpdateApiKeyBody,
} from '../../services/access/api-key.schema.js';
import type { KeyWithSecret } from '../../services/access/api-key.service.js';
import { type ClientToken, CreateClientTokenBody } from '../../services/access/client-tokens.js';
import { defineRoute, type RouteContext } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { ProjectQuery, projectOf } from '../project-query.js';

const ProjectListQuery = ListQuery.extend(ProjectQuery.shape);

const actorOf = ({ principal, request }: RouteContext) => callerOf(principal, request.id);

const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);
const maybeSeconds = (epochMs: number | null): number | null => (epochMs === null ? null : seconds(epochMs));

/** Amounts are nano-units as text: they may be larger than JSON's numbers keep. */
const toWire = (key: ApiKey) => ({
  id: toPublicId('key', key.id),
  object: 'api_key',
  project_id: toPublicId('project', key.projectId),
  name: key.name,
  hint: key.hint,
  scopes: key.scopes,
  models: key.models,
  rate_limits: key.rateLimits,
  created_at: seconds(key.createdAtMs),
  expires_at: maybeSeconds(key.expiresAtMs),
  revoked_at: maybeSeconds(key.revokedAtMs),
  last_used_at: maybeSeconds(key.lastUsedAtMs),
  old_key_expires_at: maybeSeconds(key.oldKeyUntilMs),
  budgets: key.budgets.map(({ id, period, cap, settled, reserved }) => ({
    id: toPublicId('budget', id),
    period,
    cap: String(cap),
    settled: String(settled),
    reserved: String(reserved),
  })),
});

const withSecret = ({ key, secret }: KeyWithSecret) => ({ ...toWire(key), value: secret });

const toProject = (project: Project) => ({
  id: toPublicId('project', project.id),
  object: 'project',
  name: project.name,
  created_at: seconds(project.createdAtMs),
});

const toAuditEntry = (entry: AuditEntry) => ({
  id: toPublicId('audit', entry.id),
  object: 'audit_log.entry',
  action: entry.action,
  actor: entry.actor,
  api_key_id: entry.keyId === null ? null : toPublicId('key', entry.keyId),
  target_id: entry.targetId,
  before: entry.before,
  after: entry.after,
  request_id: entry.requestId,
  created_at: seconds(entry.createdAtMs),
});

const toToken = ({ value, user, scopes, models, expiresAtMs }: ClientToken) => ({
  object: 'client_token',
  value,
  user,
  scopes,
  models,
  expires_at: seconds(expiresAtMs),
});

/** Administration: the keys of a project, projects, and the log of what was done to them. */
export const accessRoutes = [
  defineRoute({
    method: 'POST',
    path: '/client_tokens',
    operation: 'createClientToken',
    summary: 'Make a short-lived token for the browser of one end user. It sees and makes that user’s objects only.',
    body: CreateClientTokenBody,
    answers: 'ClientToken',
    handle: async ({ principal, services, body }) => toToken(services.access.createClientToken(principal, body)),
  }),
  defineRoute({
    method: 'POST',
    path: '/api_keys',
    operation: 'createApiKey',
    summary: 'Create a key. Its value is shown this once.',
    body: CreateApiKeyBody,
    query: ProjectQuery,
    answers: 'ApiKeyWithValue',
    handle: async (context) =>
      withSecret(await context.services.apiKeys.create(actorOf(context), context.body, projectOf(context))),
  }),
  defineRoute({
    method: 'GET',
    path: '/api_keys',
    operation: 'apiKeys',
    summary: 'List keys with what they have spent, newest first; ended ones too.',
    query: ProjectListQuery,
    answers: 'ApiKeyList',
    async handle(context) {
      const request = readListQuery(context.query, publicId('key'));
      const page = await context.services.apiKeys.list(actorOf(context), request, projectOf(context));
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api_keys/:id',
    operation: 'apiKey',
    summary: 'Read a key; never its value.',
    query: ProjectQuery,
    answers: 'ApiKey',
    handle: async (context) =>
      toWire(await context.services.apiKeys.get(actorOf(context), context.params.id as string, projectOf(context))),
  }),
  defineRoute({
    method: 'POST',
    path: '/api_keys/:id',
    operation: 'updateApiKey',
    summary: 'Change the given fields of a key, at once everywhere.',
    body: UpdateApiKeyBody,
    query: ProjectQuery,
    answers: 'ApiKey',
    async handle(context) {
      const id = context.params.id as string;
      return toWire(await context.services.apiKeys.update(actorOf(context), id, context.body, projectOf(context)));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api_keys/:id/rotate',
    operation: 'rotateApiKey',
    summary: 'Give a key a new value, shown this once. The old one may work beside it for a while.',
    body: RotateApiKeyBody,
    query: ProjectQuery,
    answers: 'ApiKeyWithValue',
    async handle(context) {
      const id = context.params.id as string;
      return withSecret(await context.services.apiKeys.rotate(actorOf(context), id, context.body, projectOf(context)));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api_keys/:id/revoke',
    operation: 'revokeApiKey',
    summary: 'End a key for good, at once everywhere.',
    query: ProjectQuery,
    answers: 'ApiKey',
    handle: async (context) =>
      toWire(await context.services.apiKeys.revoke(actorOf(context), context.params.id as string, projectOf(context))),
  }),
  defineRoute({
    method: 'GET',
    path: '/audit_log',
    operation: 'auditLog',
    summary:
      'List what administrators did to the project and its keys, budgets, prices and webhook endpoints, newest first.',
    query: ProjectListQuery,
    answers: 'AuditLog',
    async handle(context) {
      const request = readListQuery(context.query, publicId('audit'));
      const page = await context.services.projects.auditLog(actorOf(context), request, projectOf(context));
      return toList(page, page.rows.map(toAuditEntry), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/projects',
    operation: 'createProject',
    summary: 'Create a project.',
    body: ProjectBody,
    answers: 'Project',
    handle: async (context) => toProject(await context.services.projects.create(actorOf(context), context.body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/projects',
    operation: 'projects',
    summary: 'List all projects, newest first.',
    query: ListQuery,
    answers: 'ProjectList',
    async handle({ services, query }) {
      const request = readListQuery(query, publicId('project'));
      const page = await services.projects.list(request);
      return toList(page, page.rows.map(toProject), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/projects/:id',
    operation: 'project',
    summary: 'Read a project.',
    answers: 'Project',
    handle: async (context) =>
      toProject(await context.services.projects.get(actorOf(context), context.params.id as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/projects/:id',
    operation: 'updateProject',
    summary: 'Rename a project.',
    body: ProjectBody,
    answers: 'Project',
    handle: async (context) =>
      toProject(await context.services.projects.update(actorOf(context), context.params.id as string, context.body)),
  }),
];
