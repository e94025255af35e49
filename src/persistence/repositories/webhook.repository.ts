import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type {
  ThresholdNotice,
  WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookEndpoint,
  WebhookEventType,
} from '../../domain/webhook.js';
import type { Queryable } from '../database.js';
import { type FirstPage, pagesByParent, withoutCursors } from './pages.js';

export interface NewEndpoint {
  id: string;
  name: string;
  url: string;
  eventTypes: readonly WebhookEventType[];
  /** Sealed. */
  secret: string;
  secretHint: string;
}

/** What is needed to make a delivery's next attempt. */
export interface DueDelivery extends WebhookDelivery {
  url: string;
  disabledReason: string | null;
  /** Sealed; the newest first. More than one while a rotated secret is still honoured. */
  secrets: string[];
}

export interface AttemptOutcome {
  status: WebhookDeliveryStatus;
  statusCode: number | null;
  error: string | null;
}

export type WebhookRepository = ReturnType<typeof createWebhookRepository>;

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

interface DeliveryRow {
  project_id: string;
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: WebhookEventType;
  response_id: string | null;
  budget_id: string | null;
  data: string | null;
  status: WebhookDeliveryStatus;
  attempts: number;
  last_status_code: number | null;
  last_error: string | null;
  last_attempt_at: Date | null;
  created_at: Date;
}
const DELIVERY = [
  'project_id, id, endpoint_id, event_id, event_type, response_id, budget_id, data, status, attempts, last_status_code',
  'last_error, last_attempt_at, created_at',
]
  .join(', ')
  .replaceAll(/\w+/g, 'd.$&');

const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  projectId: row.project_id,
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  eventType: row.event_type,
  responseId: row.response_id,
  budgetId: row.budget_id,
  notice: row.data === null ? null : (JSON.parse(row.data) as ThresholdNotice),
  status: row.status,
  attempts: row.attempts,
  lastStatusCode: row.last_status_code,
  lastError: row.last_error,
  createdAtMs: row.created_at.getTime(),
  lastAttemptAtMs: row.last_attempt_at?.getTime() ?? null,
});

/** Webhook endpoints and the log of what was sent to them. */
export function createWebhookRepository(sql: Queryable) {
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

    async listDeliveries(
      projectId: string,
      endpointId: string,
      page: PageRequest<string>,
    ): Promise<Page<WebhookDelivery>> {
      const keys = keyset(page, 'd.id', 3);
      const { rows } = await sql.query<DeliveryRow>(
        `select ${DELIVERY} from webhook_deliveries d
         where d.project_id = $1 and d.endpoint_id = $2${keys.where} ${keys.orderBy}`,
        [projectId, endpointId, ...keys.values],
      );
      return toPage(page, rows.map(toDelivery));
    },

    /** The first deliveries of many endpoints, one statement. */
    async listDeliveriesOfMany(
      projectId: string,
      endpointIds: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<WebhookDelivery>>> {
      const { orderBy } = keyset(withoutCursors(page), 'd.id', 3);
      const { rows } = await sql.query<DeliveryRow>(
        `select d.*
         from unnest($2::uuid[]) with ordinality as k(id, n)
         cross join lateral (
           select ${DELIVERY}, row_number() over (${orderBy.replace(/ limit .*/, '')}) as place from webhook_deliveries d
           where d.project_id = $1 and d.endpoint_id = k.id
           ${orderBy}
         ) d
         order by k.n, d.place`,
        [projectId, endpointIds],
      );
      return pagesByParent(page, endpointIds, rows, (row) => row.endpoint_id, toDelivery);
    },

    /** A delivery with the endpoint it is for. */
    async findDue(projectId: string, id: string): Promise<DueDelivery | null> {
      const { rows } = await sql.query<
        DeliveryRow & { url: string; disabled_reason: string | null; secret: string; old_secret: string | null }
      >(
        `select ${DELIVERY}, e.url, e.disabled_reason, e.secret,
           case when e.old_secret_until > now() then e.old_secret end as old_secret
         from webhook_deliveries d
         join webhook_endpoints e on e.project_id = d.project_id and e.id = d.endpoint_id
         where d.project_id = $1 and d.id = $2`,
        [projectId, id],
      );
      const row = rows[0];
      if (row === undefined) return null;
      const { url, disabled_reason: disabledReason, secret, old_secret } = row;
      const secrets = old_secret === null ? [secret] : [secret, old_secret];
      return { ...toDelivery(row), url, disabledReason, secrets };
    },

    /** Notes what an attempt came to. */
    async noteAttempt(projectId: string, id: string, outcome: AttemptOutcome): Promise<void> {
      await sql.query(
        `update webhook_deliveries set status = $3, attempts = attempts + 1, last_status_code = $4, last_error = $5,
           last_attempt_at = now()
         where project_id = $1 and id = $2`,
        [projectId, id, outcome.status, outcome.statusCode, outcome.error],
      );
    },

    /** Closes a delivery without an attempt. */
    async giveUp(projectId: string, id: string, error: string): Promise<void> {
      await sql.query(
        `update webhook_deliveries set status = 'failed', last_error = $3
         where project_id = $1 and id = $2 and status = 'pending'`,
        [projectId, id, error],
      );
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

    /** Makes a delivery due again, under a job of its own. False if there is none by this id for this endpoint. */
    async requeue(projectId: string, endpointId: string, id: string, jobId: string): Promise<boolean> {
      const { rowCount } = await sql.query(
        `update webhook_deliveries set status = 'pending', job_id = $4, queued_at = null
         where project_id = $1 and endpoint_id = $2 and id = $3`,
        [projectId, endpointId, id, jobId],
      );
      return rowCount === 1;
    },

    /** Deliveries the queue does not know yet, of any project, oldest first. */
    async findUnqueued(limit: number): Promise<{ projectId: string; id: string; jobId: string }[]> {
      const { rows } = await sql.query<{ project_id: string; id: string; job_id: string }>(
        `select project_id, id, job_id from webhook_deliveries where queued_at is null order by created_at limit $1`,
        [limit],
      );
      return rows.map((row) => ({ projectId: row.project_id, id: row.id, jobId: row.job_id }));
    },

    /** The queue knows these now. The job's id tells a delivery that was made due again meanwhile. */
    async markQueued(jobs: readonly { projectId: string; id: string; jobId: string }[]): Promise<void> {
      await sql.query(
        `update webhook_deliveries d set queued_at = now()
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as q(project_id, id, job_id)
         where d.project_id = q.project_id and d.id = q.id and d.job_id = q.job_id`,
        [jobs.map((job) => job.projectId), jobs.map((job) => job.id), jobs.map((job) => job.jobId)],
      );
    },

    /** Closes deliveries whose job has ended without a word: its processes died each time. Answers how many. */
    async closeAbandoned(queuedBeforeMs: number): Promise<number> {
      const { rowCount } = await sql.query(
        `update webhook_deliveries set status = 'failed', last_error = 'The attempts were cut off.'
         where status = 'pending' and created_at < to_timestamp($1 / 1000.0) and queued_at < to_timestamp($1 / 1000.0)`,
        [queuedBeforeMs],
      );
      return rowCount ?? 0;
    },

    /** Forgets deliveries older than this, some at a time. Answers how many. */
    async forgetBefore(beforeMs: number, limit: number): Promise<number> {
      const { rowCount } = await sql.query(
        `delete from webhook_deliveries d using (
           select project_id, id from webhook_deliveries where created_at < to_timestamp($1 / 1000.0)
           order by created_at limit $2
         ) old
         where d.project_id = old.project_id and d.id = old.id`,
        [beforeMs, limit],
      );
      return rowCount ?? 0;
    },
  };
}
