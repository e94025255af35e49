import type { Budget, BudgetPeriod, Principal } from '../../domain/principal.js';
import type { Queryable } from '../database.js';

export interface ApiKeyRecord {
  projectId: string;
  id: string;
  name: string;
  /** The last characters of the key, to tell keys apart. */
  hint: string;
  scopes: string[];
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
}

export interface NewApiKey {
  projectId: string;
  id: string;
  keyHash: Buffer;
  name: string;
  hint: string;
  scopes: readonly string[];
  expiresAtMs: number | null;
  budgets: readonly Budget[];
}

export type ApiKeyRepository = ReturnType<typeof createApiKeyRepository>;

export function createApiKeyRepository(sql: Queryable) {
  return {
    /** The principal of a live key, with its budgets, in one statement. Null for unknown, revoked and expired keys alike. */
    async findPrincipal(keyHash: Buffer): Promise<Principal | null> {
      const { rows } = await sql.query<{
        project_id: string;
        id: string;
        scopes: string[];
        end_user: string | null;
        budgets: string;
      }>(
        `select k.project_id, k.id, k.scopes, k.end_user, (
           select coalesce(json_agg(json_build_object('id', b.id, 'period', b.period, 'cap', b.cap::text)), '[]')
           from budgets b where b.project_id = k.project_id and b.key_id = k.id
         ) as budgets
         from api_keys k
         where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
        [keyHash],
      );
      const row = rows[0];
      if (row === undefined) return null;
      const budgets = JSON.parse(row.budgets) as { id: string; period: BudgetPeriod; cap: string }[];
      return {
        projectId: row.project_id,
        keyId: row.id,
        scopes: row.scopes,
        endUser: row.end_user,
        budgets: budgets.map((budget) => ({ ...budget, cap: BigInt(budget.cap) })),
      };
    },

    /** By what people know a key. */
    async findLabel(projectId: string, id: string): Promise<{ name: string; hint: string }> {
      const { rows } = await sql.query<{ name: string; hint: string }>(
        'select name, hint from api_keys where project_id = $1 and id = $2',
        [projectId, id],
      );
      return rows[0] ?? { name: '', hint: '' };
    },

    /** Stores a key with its budgets. False if the same key exists already. */
    async create(key: NewApiKey): Promise<boolean> {
      const { rows } = await sql.query<{ n: bigint }>(
        `with key as (
           insert into api_keys (key_hash, project_id, id, name, hint, scopes, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (key_hash) do nothing
           returning project_id, id
         ),
         budget as (
           insert into budgets (project_id, id, key_id, period, cap)
           select key.project_id, b.id, key.id, b.period, b.cap
           from key, unnest($8::uuid[], $9::text[], $10::bigint[]) as b(id, period, cap)
         )
         select count(*) as n from key`,
        [
          key.keyHash,
          key.projectId,
          key.id,
          key.name,
          key.hint,
          key.scopes,
          key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
          key.budgets.map((budget) => budget.id),
          key.budgets.map((budget) => budget.period),
          key.budgets.map((budget) => String(budget.cap)),
        ],
      );
      return rows[0]?.n === 1n;
    },

    async list(projectId: string): Promise<ApiKeyRecord[]> {
      const { rows } = await sql.query<{
        project_id: string;
        id: string;
        name: string;
        hint: string;
        scopes: string[];
        created_at: Date;
        expires_at: Date | null;
        revoked_at: Date | null;
      }>(
        `select project_id, id, name, hint, scopes, created_at, expires_at, revoked_at from api_keys
         where project_id = $1 order by id limit 1000`,
        [projectId],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        id: row.id,
        name: row.name,
        hint: row.hint,
        scopes: row.scopes,
        createdAtMs: row.created_at.getTime(),
        expiresAtMs: row.expires_at?.getTime() ?? null,
        revokedAtMs: row.revoked_at?.getTime() ?? null,
      }));
    },

    /** Ends a key at once; every process is told. False if it is not there. */
    async revoke(projectId: string, id: string): Promise<boolean> {
      const { rows } = await sql.query<{ id: string }>(
        `with key as (
           update api_keys set revoked_at = coalesce(revoked_at, now()) where project_id = $1 and id = $2 returning id
         )
         select key.id, pg_notify('antiphon_keys', key.id::text) from key`,
        [projectId, id],
      );
      return rows.length === 1;
    },

    async countKeys(): Promise<number> {
      const { rows } = await sql.query<{ n: bigint }>('select count(*) as n from api_keys');
      return Number(rows[0]?.n ?? 0n);
    },
  };
}
