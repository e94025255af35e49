import type { ApiKey } from '../../domain/api-key.js';
import type { Budget } from '../../domain/budget.js';
import type { NameFilter } from '../../domain/list-filter.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import { type RateLimitSettings, toRateLimit } from '../../domain/rate-limit-settings.js';
import type { Queryable } from '../database.js';
import { conditionsOf } from '../list-conditions.js';
import { BUDGET_AS_JSON, type BudgetJson, toBudget } from './budget-rows.js';

/** A key as its table has it: what its budgets hold now is looked up elsewhere. */
export type StoredApiKey = Omit<ApiKey, 'budgets'> & { budgets: readonly Budget[] };

export interface NewApiKey {
  projectId: string;
  id: string;
  keyHash: Buffer;
  name: string;
  hint: string;
  scopes: readonly string[];
  models: readonly string[] | null;
  rateLimits: readonly RateLimitSettings[];
  expiresAtMs: number | null;
  budgets: readonly Pick<Budget, 'id' | 'period' | 'cap' | 'timeZone' | 'rollingSeconds'>[];
}

export interface ApiKeyFilter extends NameFilter {
  /** Those that work now, or those that have ended. */
  live?: boolean;
}

export type ApiKeyChange = Partial<Pick<ApiKey, 'name' | 'scopes' | 'models' | 'rateLimits' | 'expiresAtMs'>>;

/** A principal and until when it stands, as far as is known. */
export interface FoundPrincipal {
  principal: Principal;
  untilMs: number | null;
}

interface Row {
  project_id: string;
  id: string;
  name: string;
  hint: string;
  scopes: string[];
  models: string[] | null;
  rate_limits: RateLimitSettings[];
  end_user: string | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  old_key_until: Date | null;
  budgets: string;
}

interface LimitedRow extends Row {
  project_budgets: string;
  has_subject_budgets: boolean;
}

const BUDGETS = `(
  select coalesce(json_agg(${BUDGET_AS_JSON} order by b.id), '[]')
  from budgets b where b.project_id = k.project_id and b.key_id = k.id and b.deleted_at is null
) as budgets`;

/** What else limits a key: the budgets of its project, and whether it has any on end users and labels. */
const LIMITS = `(
  select coalesce(json_agg(${BUDGET_AS_JSON} order by b.id), '[]')
  from budgets b where b.project_id = k.project_id and b.scope = 'project' and b.deleted_at is null
) as project_budgets, exists (
  select from budgets b
  where b.project_id = k.project_id and b.scope in ('end_user', 'label') and b.deleted_at is null
) as has_subject_budgets`;

const COLUMNS = `k.project_id, k.id, k.name, k.hint, k.scopes, k.models, k.rate_limits, k.end_user, k.created_at, k.expires_at,
  k.revoked_at, k.last_used_at, k.old_key_until, ${BUDGETS}`;

const IS_LIVE = 'k.revoked_at is null and (k.expires_at is null or k.expires_at > now())';

const toBudgets = (json: string): Budget[] => (JSON.parse(json) as BudgetJson[]).map(toBudget);

const toKey = (row: Row): StoredApiKey => ({
  projectId: row.project_id,
  id: row.id,
  name: row.name,
  hint: row.hint,
  scopes: row.scopes,
  models: row.models,
  rateLimits: row.rate_limits,
  createdAtMs: row.created_at.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  revokedAtMs: row.revoked_at?.getTime() ?? null,
  lastUsedAtMs: row.last_used_at?.getTime() ?? null,
  oldKeyUntilMs: row.old_key_until?.getTime() ?? null,
  budgets: toBudgets(row.budgets),
});

const toPrincipal = (row: LimitedRow): Principal => ({
  projectId: row.project_id,
  keyId: row.id,
  scopes: row.scopes,
  models: row.models,
  endUser: row.end_user,
  budgets: [...toBudgets(row.budgets), ...toBudgets(row.project_budgets)],
  hasSubjectBudgets: row.has_subject_budgets,
  rateLimits: row.rate_limits.map((settings) => toRateLimit('key', settings)),
});

const toDate = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

export type ApiKeyRepository = ReturnType<typeof createApiKeyRepository>;

export function createApiKeyRepository(sql: Queryable) {
  const findMany = async (projectId: string, ids: readonly string[]): Promise<StoredApiKey[]> => {
    const { rows } = await sql.query<Row>(
      `select ${COLUMNS} from api_keys k where k.project_id = $1 and k.id = any($2::uuid[])`,
      [projectId, ids],
    );
    return rows.map(toKey);
  };

  return {
    /**
     * The principals of live keys by their hashes, with their budgets, in one statement. Null for unknown, revoked and expired
     * keys alike.
     */
    async findPrincipals(keyHashes: readonly Buffer[]): Promise<(FoundPrincipal | null)[]> {
      const { rows } = await sql.query<LimitedRow & { n: number; is_old: boolean }>({
        name: 'find-principals',
        text: `select asked.n::int, ${COLUMNS}, ${LIMITS}, k.is_old
               from unnest($1::bytea[]) with ordinality asked(hash, n)
               join lateral (
                 select *, false as is_old from api_keys where key_hash = asked.hash
                 union all
                 select *, true from api_keys where old_key_hash = asked.hash and old_key_until > now()
               ) k on ${IS_LIVE}`,
        values: [keyHashes],
      });
      const found = new Map(rows.map((row) => [row.n, row]));
      return keyHashes.map((_, index) => {
        const row = found.get(index + 1);
        if (row === undefined) return null;
        const ends = [row.expires_at, row.is_old ? row.old_key_until : null].flatMap((end) => end?.getTime() ?? []);
        return { principal: toPrincipal(row), untilMs: ends.length === 0 ? null : Math.min(...ends) };
      });
    },

    /** The same by the key's id, for what was made in its name. */
    async findPrincipalById(projectId: string, id: string): Promise<FoundPrincipal | null> {
      const { rows } = await sql.query<LimitedRow>(
        `select ${COLUMNS}, ${LIMITS} from api_keys k where k.project_id = $1 and k.id = $2 and ${IS_LIVE}`,
        [projectId, id],
      );
      const row = rows[0];
      return row === undefined ? null : { principal: toPrincipal(row), untilMs: row.expires_at?.getTime() ?? null };
    },

    async find(projectId: string, id: string): Promise<StoredApiKey | null> {
      return (await findMany(projectId, [id]))[0] ?? null;
    },

    findMany,

    /** The same, held until the transaction ends. */
    async findForChange(projectId: string, id: string): Promise<StoredApiKey | null> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from api_keys k where k.project_id = $1 and k.id = $2 for update`,
        [projectId, id],
      );
      return rows[0] === undefined ? null : toKey(rows[0]);
    },

    async list(projectId: string, page: PageRequest<string>, filter: ApiKeyFilter = {}): Promise<Page<StoredApiKey>> {
      const values: unknown[] = [projectId];
      const conditions = conditionsOf('k', values);
      conditions.filter(filter);
      const { live } = filter;
      const ended = '(k.revoked_at is not null or coalesce(k.expires_at <= now(), false))';
      const state = live === undefined ? '' : ` and ${live ? 'not ' : ''}${ended}`;
      const keys = keyset(page, 'k.id', values.length + 1);
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from api_keys k
         where k.project_id = $1${state}${conditions.text}${keys.where} ${keys.orderBy}`,
        [...values, ...keys.values],
      );
      return toPage(page, rows.map(toKey));
    },

    /** Stores a key with its budgets. False if the same key exists already. */
    async create(key: NewApiKey): Promise<boolean> {
      const { rows } = await sql.query<{ n: bigint }>(
        `with key as (
           insert into api_keys (key_hash, project_id, id, name, hint, scopes, models, expires_at, rate_limits)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $14::jsonb) on conflict (key_hash) do nothing
           returning project_id, id
         ),
         budget as (
           insert into budgets (project_id, id, key_id, period, cap, time_zone, rolling_seconds)
           select key.project_id, b.id, key.id, b.period, b.cap, b.time_zone, b.rolling_seconds
           from key, unnest($9::uuid[], $10::text[], $11::bigint[], $12::text[], $13::int[])
             as b(id, period, cap, time_zone, rolling_seconds)
         )
         select count(*) as n from key`,
        [
          key.keyHash,
          key.projectId,
          key.id,
          key.name,
          key.hint,
          key.scopes,
          key.models,
          toDate(key.expiresAtMs),
          key.budgets.map((budget) => budget.id),
          key.budgets.map((budget) => budget.period),
          key.budgets.map((budget) => String(budget.cap)),
          key.budgets.map((budget) => budget.timeZone),
          key.budgets.map((budget) => budget.rollingSeconds),
          JSON.stringify(key.rateLimits),
        ],
      );
      return rows[0]?.n === 1n;
    },

    /** Changes the given fields. Every process is told when the transaction ends. */
    async update(projectId: string, id: string, change: ApiKeyChange): Promise<void> {
      await sql.query(
        `with key as (
           update api_keys set
             name = coalesce($3, name),
             scopes = coalesce($4::text[], scopes),
             models = case when $5 then $6::text[] else models end,
             expires_at = case when $7 then $8::timestamptz else expires_at end,
             rate_limits = coalesce($9::jsonb, rate_limits)
           where project_id = $1 and id = $2 returning id
         )
         select pg_notify('antiphon_keys', id::text) from key`,
        [
          projectId,
          id,
          change.name ?? null,
          change.scopes ?? null,
          change.models !== undefined,
          change.models ?? null,
          change.expiresAtMs !== undefined,
          toDate(change.expiresAtMs ?? null),
          change.rateLimits === undefined ? null : JSON.stringify(change.rateLimits),
        ],
      );
    },

    /** Puts a new secret in the place of the present one, which works beside it for a while. Every process is told. */
    async rotate(
      projectId: string,
      id: string,
      next: { keyHash: Buffer; hint: string; oldKeyUntilMs: number | null },
    ): Promise<void> {
      await sql.query(
        `with key as (
           update api_keys set key_hash = $3, hint = $4, old_key_until = $5::timestamptz,
             old_key_hash = case when $5::timestamptz is null then null else key_hash end
           where project_id = $1 and id = $2 returning id
         )
         select pg_notify('antiphon_keys', id::text) from key`,
        [projectId, id, next.keyHash, next.hint, toDate(next.oldKeyUntilMs)],
      );
    },

    /** Ends a key at once; every process is told. */
    async revoke(projectId: string, id: string): Promise<void> {
      await sql.query(
        `with key as (
           update api_keys set revoked_at = coalesce(revoked_at, now()) where project_id = $1 and id = $2 returning id
         )
         select pg_notify('antiphon_keys', id::text) from key`,
        [projectId, id],
      );
    },

    /** Notes when keys were last used, many at once and in one order, so that two processes never wait for each other. */
    async markUsed(uses: readonly { projectId: string; keyId: string; atMs: number }[]): Promise<void> {
      await sql.query(
        `with use as materialized (
           select k.key_hash, u.at_ms from unnest($1::uuid[], $2::uuid[], $3::float8[]) as u(project_id, id, at_ms)
           join api_keys k on k.project_id = u.project_id and k.id = u.id
           order by k.key_hash for update of k
         )
         update api_keys k set last_used_at = to_timestamp(use.at_ms / 1000.0) from use
         where k.key_hash = use.key_hash
           and (k.last_used_at is null or k.last_used_at < to_timestamp(use.at_ms / 1000.0))`,
        [uses.map((use) => use.projectId), uses.map((use) => use.keyId), uses.map((use) => use.atMs)],
      );
    },

    async countKeys(): Promise<number> {
      const { rows } = await sql.query<{ n: bigint }>('select count(*) as n from api_keys');
      return Number(rows[0]?.n ?? 0n);
    },
  };
}
