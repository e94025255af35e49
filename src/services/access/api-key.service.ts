import type { ApiKey } from '../../domain/api-key.js';
import type { Actor, AuditAction } from '../../domain/audit.js';
import type { BudgetPeriod } from '../../domain/budget-window.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { RateLimitSettings } from '../../domain/rate-limit-settings.js';
import { covers, projectScopes } from '../../domain/scope.js';
import type { Queryable } from '../../persistence/database.js';
import type { Transaction } from '../../persistence/orm.js';
import {
  type ApiKeyChange,
  type ApiKeyFilter,
  createApiKeyRepository,
  type StoredApiKey,
} from '../../persistence/repositories/api-key.repository.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';
import { createBudgetRepository } from '../../persistence/repositories/budget.repository.js';
import { parseInput } from '../validation.js';
import { CreateApiKeyBody, RotateApiKeyBody, UpdateApiKeyBody } from './api-key.schema.js';
import type { ProjectService } from './project.service.js';
import { generateKey, hashKey, keyHint } from './secret.js';
import { withBudgetStates } from './with-budget-states.js';

export interface NewKey {
  name: string;
  /** Default: all rights on the project. */
  scopes?: readonly string[];
  /** Default: all of them. */
  models?: readonly string[] | null;
  /** Default: those of the config file alone. */
  rateLimits?: readonly RateLimitSettings[];
  expiresAtMs?: number | null;
  /** Money limits in nano-units; UTC unless told otherwise, seconds with rolling ones only. */
  budgets?: readonly { period: BudgetPeriod; cap: bigint; timeZone?: string; rollingSeconds?: number | null }[];
}

/** A key with the secret that is shown this once. */
export interface KeyWithSecret {
  key: ApiKey;
  secret: string;
}

export interface ApiKeyServiceOptions {
  sql: Queryable;
  transaction: Transaction;
  projects: ProjectService;
  clock: Clock;
  /** Called after a key has changed here; other processes hear of it by themselves. */
  onChange(): void;
}

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/**
 * Administration of keys, the same for every door. A key is shown once, when it is made or rotated; only its hash is kept.
 * Every change is in the audit log of its project. `project` is a project's public id, for operators; null is the actor's own.
 */
export function createApiKeyService(options: ApiKeyServiceOptions) {
  const { sql, transaction, projects, clock, onChange } = options;
  const keys = createApiKeyRepository(sql);
  const budgets = createBudgetRepository(sql);

  const withStates = (projectId: string, stored: readonly StoredApiKey[]): Promise<ApiKey[]> =>
    withBudgetStates(budgets, projectId, stored, clock.now());
  const described = async (projectId: string, key: StoredApiKey): Promise<ApiKey> =>
    (await withStates(projectId, [key]))[0] as ApiKey;

  const toUuid = (id: string): string => {
    const uuid = parsePublicId('key', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };

  /** Who may not do something cannot let others do it, nor take over a key that can. */
  const checkGrant = (actor: Actor, scopes: readonly string[]): void => {
    if (scopes.includes('operator') && !covers(actor.scopes, 'operator'))
      throw errors.permissionDenied("Keys with the scope 'operator' take that scope to be made or changed.");
  };

  const issue = async (actor: Actor, secret: string, fields: NewKey, project: string | null) => {
    const projectId = await projects.target(actor, project);
    const scopes = fields.scopes ?? projectScopes;
    checkGrant(actor, scopes);
    const id = newUuid();
    const key = await transaction(async (tx) => {
      const rows = createApiKeyRepository(tx);
      const isNew = await rows.create({
        projectId,
        id,
        keyHash: hashKey(secret),
        name: fields.name,
        hint: keyHint(secret),
        scopes,
        models: fields.models ?? null,
        rateLimits: fields.rateLimits ?? [],
        expiresAtMs: fields.expiresAtMs ?? null,
        budgets: (fields.budgets ?? []).map((budget) => ({
          id: newUuid(),
          timeZone: 'UTC',
          rollingSeconds: null,
          ...budget,
        })),
      });
      const made = isNew ? await rows.find(projectId, id) : null;
      if (made !== null) await audit(tx, actor, 'api_key.created', null, made);
      return made;
    });
    return key === null ? null : { key: await described(projectId, key), secret };
  };

  /** Finds the key, changes it and says so in the log: all of it, or nothing. */
  const change = async (
    actor: Actor,
    id: string,
    project: string | null,
    action: AuditAction,
    work: (rows: ReturnType<typeof createApiKeyRepository>, key: StoredApiKey) => Promise<void>,
  ): Promise<ApiKey> => {
    const projectId = await projects.target(actor, project);
    const uuid = toUuid(id);
    const changed = await transaction(async (tx) => {
      const rows = createApiKeyRepository(tx);
      const before = await rows.findForChange(projectId, uuid);
      if (before === null) throw errors.notFound(id);
      checkGrant(actor, before.scopes);
      await work(rows, before);
      const after = (await rows.find(projectId, uuid)) as StoredApiKey;
      await audit(tx, actor, action, before, after);
      return after;
    });
    onChange();
    return described(projectId, changed);
  };

  return {
    /** @throws 400 for a bad body, 403 for a scope the actor cannot give, 404 for an unknown project */
    async create(actor: Actor, unchecked: unknown, project: string | null = null): Promise<KeyWithSecret> {
      const body = parseInput(CreateApiKeyBody, unchecked);
      return this.issue(
        actor,
        {
          name: body.name,
          ...(body.scopes ? { scopes: body.scopes } : {}),
          models: body.models ?? null,
          rateLimits: body.rate_limits ?? [],
          expiresAtMs:
            typeof body.expires_at === 'number' ? inFuture('expires_at', body.expires_at, clock.now()) : null,
        },
        project,
      );
    },

    /** The same from checked fields. */
    async issue(actor: Actor, fields: NewKey, project: string | null = null): Promise<KeyWithSecret> {
      // A new secret is never one that exists.
      return (await issue(actor, generateKey(), fields, project)) as KeyWithSecret;
    },

    /** Makes sure a key of the operator's choice exists. True if it is new. */
    ensure: async (actor: Actor, secret: string, fields: NewKey): Promise<boolean> =>
      (await issue(actor, secret, fields, null)) !== null,

    /** Newest first by default; ended ones too. @throws 404 for an unknown project */
    async list(
      actor: Actor,
      page: PageRequest<string>,
      project: string | null = null,
      filter: ApiKeyFilter = {},
    ): Promise<Page<ApiKey>> {
      const projectId = await projects.target(actor, project);
      const found = await keys.list(projectId, page, filter);
      return { ...found, rows: await withStates(projectId, found.rows) };
    },

    /** Keys of one's own project by UUID; those that are not there are left out. */
    findMany: async ({ projectId }: Pick<Actor, 'projectId'>, uuids: readonly string[]): Promise<ApiKey[]> =>
      withStates(projectId, await keys.findMany(projectId, uuids)),

    /** @throws 404 */
    async get(actor: Actor, id: string, project: string | null = null): Promise<ApiKey> {
      const projectId = await projects.target(actor, project);
      const key = await keys.find(projectId, toUuid(id));
      if (key === null) throw errors.notFound(id);
      return described(projectId, key);
    },

    /** Changes the given fields, in every process at once. @throws 404, 400, 403 */
    async update(actor: Actor, id: string, unchecked: unknown, project: string | null = null): Promise<ApiKey> {
      const body = parseInput(UpdateApiKeyBody, unchecked ?? {});
      const fields: ApiKeyChange = {
        ...(body.name ? { name: body.name } : {}),
        ...(body.scopes ? { scopes: body.scopes } : {}),
        ...(body.models === undefined ? {} : { models: body.models }),
        ...(body.rate_limits === undefined ? {} : { rateLimits: body.rate_limits ?? [] }),
        ...(body.expires_at === undefined
          ? {}
          : { expiresAtMs: body.expires_at === null ? null : body.expires_at * 1000 }),
      };
      checkGrant(actor, fields.scopes ?? []);
      return change(actor, id, project, 'api_key.updated', (rows, key) => rows.update(key.projectId, key.id, fields));
    },

    /**
     * Gives a key a new secret. The present one stops at once, or works beside it until the time given; one that still works
     * from an earlier rotation stops.
     *
     * @throws 404, 400 for a revoked key
     */
    async rotate(actor: Actor, id: string, unchecked: unknown, project: string | null = null): Promise<KeyWithSecret> {
      const { old_key_expires_at: until } = parseInput(RotateApiKeyBody, unchecked ?? {});
      const oldKeyUntilMs = typeof until === 'number' ? inFuture('old_key_expires_at', until, clock.now()) : null;
      const secret = generateKey();
      const key = await change(actor, id, project, 'api_key.rotated', (rows, { projectId, id: uuid, revokedAtMs }) => {
        if (revokedAtMs !== null) throw errors.invalidParameter('api_key_revoked', '', 'The key has been revoked.');
        return rows.rotate(projectId, uuid, { keyHash: hashKey(secret), hint: keyHint(secret), oldKeyUntilMs });
      });
      return { key, secret };
    },

    /** Ends a key, in every process, with the tokens made in its name. One that has ended stays as it is. @throws 404 */
    revoke: (actor: Actor, id: string, project: string | null = null): Promise<ApiKey> =>
      change(actor, id, project, 'api_key.revoked', (rows, key) => rows.revoke(key.projectId, key.id)),

    /** Whether nobody has a key yet, in any project. */
    isFirst: async (): Promise<boolean> => (await keys.countKeys()) === 0,
  };
}

/** Seconds since 1970 as milliseconds. @throws 400 for a time that is past */
function inFuture(param: string, epochSeconds: number, nowMs: number): number {
  if (epochSeconds * 1000 > nowMs) return epochSeconds * 1000;
  throw errors.invalidValue(param, `Invalid '${param}': the time is past.`);
}

const audit = (
  tx: Queryable,
  actor: Actor,
  action: AuditAction,
  before: StoredApiKey | null,
  after: StoredApiKey,
): Promise<void> =>
  createAuditRepository(tx).append(after.projectId, actor, {
    action,
    targetId: toPublicId('key', after.id),
    before: before === null ? null : shown(before),
    after: shown(after),
  });

const shownTime = (epochMs: number | null): string | null =>
  epochMs === null ? null : new Date(epochMs).toISOString();

/** What the log says of a key. */
const shown = (key: StoredApiKey) => ({
  name: key.name,
  hint: key.hint,
  scopes: key.scopes,
  models: key.models,
  rate_limits: key.rateLimits,
  expires_at: shownTime(key.expiresAtMs),
  revoked_at: shownTime(key.revokedAtMs),
  old_key_expires_at: shownTime(key.oldKeyUntilMs),
  budgets: key.budgets.map(({ period, cap, timeZone, rollingSeconds }) => ({
    period,
    cap: String(cap),
    time_zone: timeZone,
    rolling_seconds: rollingSeconds,
  })),
});
