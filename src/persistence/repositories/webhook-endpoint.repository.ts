import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { WebhookEndpoint, WebhookEventType } from '../../domain/webhook.js';
import type { Queryable } from '../database.js';

export interface NewEndpoint {
  id: string;
  name: string;
  url: string;
  eventTypes: readonly WebhookEventType[];
  /** Sealed. */
  secret: string;
  secretHint: string;
}

export type WebhookEndpointRepository = ReturnType<typeof createWebhookEndpointRepository>;

interface EndpointRow {
  project_id: string;
  id: string;
  name: string;
  url: string;
  event_types: WebhookEventType[];
  secret_hint: string;
  disabled_reason: string | null;
  created_at: Date;
  updated_at: Date;
}
const ENDPOINT = 'project_id, id, name, url, event_types, secret_hint, disabled_reason, created_at, updated_at';

const toEndpoint = (row: EndpointRow): WebhookEndpoint => ({
  projectId: row.project_id,
  id: row.id,
  name: row.name,
  url: row.url,
  eventTypes: row.event_types,
  secretHint: row.secret_hint,
  disabledReason: row.disabled_reason,
  createdAtMs: row.created_at.getTime(),
  updatedAtMs: row.updated_at.getTime(),
});

/** Where a project wants to be told of events. */
export function createWebhookEndpointRepository(sql: Queryable) {
  const endpointFrom = async (text: string, values: unknown[]): Promise<WebhookEndpoint | null> => {
    const { rows } = await sql.query<EndpointRow>(text, values);
    return rows[0] === undefined ? null : toEndpoint(rows[0]);
  };

  return {
    /** Null when the project has `limit` endpoints already. */
    create: (projectId: string, endpoint: NewEndpoint, limit: number): Promise<WebhookEndpoint | null> =>
      endpointFrom(
        `insert into webhook_endpoints (project_id, id, name, url, event_types, secret, secret_hint)
         select $1, $2, $3, $4, $5, $6, $7
         where (select count(*) from webhook_endpoints where project_id = $1) < $8
         returning ${ENDPOINT}`,
        [
          projectId,
          endpoint.id,
          endpoint.name,
          endpoint.url,
          endpoint.eventTypes,
          endpoint.secret,
          endpoint.secretHint,
          limit,
        ],
      ),

    find: (projectId: string, id: string): Promise<WebhookEndpoint | null> =>
      endpointFrom(`select ${ENDPOINT} from webhook_endpoints where project_id = $1 and id = $2`, [projectId, id]),

    /** The endpoint, which nobody else changes before the transaction ends. */
    findForChange: (projectId: string, id: string): Promise<WebhookEndpoint | null> =>
      endpointFrom(`select ${ENDPOINT} from webhook_endpoints where project_id = $1 and id = $2 for update`, [
        projectId,
        id,
      ]),

    async findMany(projectId: string, ids: readonly string[]): Promise<WebhookEndpoint[]> {
      const { rows } = await sql.query<EndpointRow>(
        `select ${ENDPOINT} from webhook_endpoints where project_id = $1 and id = any($2::uuid[])`,
        [projectId, ids],
      );
      return rows.map(toEndpoint);
    },

    async list(projectId: string, page: PageRequest<string>): Promise<Page<WebhookEndpoint>> {
      const keys = keyset(page, 'id', 2);
      const { rows } = await sql.query<EndpointRow>(
        `select ${ENDPOINT} from webhook_endpoints where project_id = $1${keys.where} ${keys.orderBy}`,
        [projectId, ...keys.values],
      );
      return toPage(page, rows.map(toEndpoint));
    },

    /** Changes what is given. `updated_at` moves only when something is different afterwards. */
    update: (
      projectId: string,
      id: string,
      change: { name?: string; url?: string; eventTypes?: readonly WebhookEventType[]; disabledReason?: string | null },
    ): Promise<WebhookEndpoint | null> =>
      endpointFrom(
        `with new as (
           select coalesce($3, e.name) as name, coalesce($4, e.url) as url, coalesce($5::text[], e.event_types) as event_types,
             case when $6 then $7::text else e.disabled_reason end as disabled_reason
           from webhook_endpoints e where e.project_id = $1 and e.id = $2
         )
         update webhook_endpoints e set
           name = new.name, url = new.url, event_types = new.event_types, disabled_reason = new.disabled_reason,
           updated_at = case when (e.name, e.url, e.event_types, e.disabled_reason)
             is distinct from (new.name, new.url, new.event_types, new.disabled_reason) then now() else e.updated_at end
         from new where e.project_id = $1 and e.id = $2
         returning ${ENDPOINT.replaceAll(/\w+/g, 'e.$&')}`,
        [
          projectId,
          id,
          change.name ?? null,
          change.url ?? null,
          change.eventTypes ?? null,
          change.disabledReason !== undefined,
          change.disabledReason ?? null,
        ],
      ),

    /** Puts a new secret in place; the old one goes on to sign until then, if a time is given. */
    rotateSecret: (
      projectId: string,
      id: string,
      next: { secret: string; secretHint: string; oldUntilMs: number | null },
    ): Promise<WebhookEndpoint | null> =>
      endpointFrom(
        `update webhook_endpoints set
           old_secret = case when $5::float8 is null then null else secret end, old_secret_until = to_timestamp($5 / 1000.0),
           secret = $3, secret_hint = $4, updated_at = now()
         where project_id = $1 and id = $2
         returning ${ENDPOINT}`,
        [projectId, id, next.secret, next.secretHint, next.oldUntilMs],
      ),

    /** Deletes the endpoint with its log. */
    async delete(projectId: string, id: string): Promise<boolean> {
      const { rowCount } = await sql.query('delete from webhook_endpoints where project_id = $1 and id = $2', [
        projectId,
        id,
      ]);
      return rowCount === 1;
    },

    /** Its secrets, sealed, the newest first. */
    async findSecrets(projectId: string, id: string): Promise<string[]> {
      const { rows } = await sql.query<{ secret: string; old_secret: string | null }>(
        `select secret, case when old_secret_until > now() then old_secret end as old_secret
         from webhook_endpoints where project_id = $1 and id = $2`,
        [projectId, id],
      );
      return rows.flatMap((row) => [row.secret, row.old_secret]).filter((secret) => secret !== null);
    },

    /** Switches an endpoint off unless something has reached it since then. Answers whether it did. */
    async disableUnlessReached(projectId: string, id: string, sinceMs: number, reason: string): Promise<boolean> {
      const { rowCount } = await sql.query(
        `update webhook_endpoints e set disabled_reason = $4, updated_at = now()
         where e.project_id = $1 and e.id = $2 and e.disabled_reason is null and not exists (
           select from webhook_deliveries d where d.project_id = $1 and d.endpoint_id = $2 and d.status = 'succeeded'
             and d.last_attempt_at > to_timestamp($3 / 1000.0)
         )`,
        [projectId, id, sinceMs, reason],
      );
      return rowCount === 1;
    },
  };
}
