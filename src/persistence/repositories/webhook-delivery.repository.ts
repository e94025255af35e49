import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type {
  ThresholdNotice,
  WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookEventType,
} from '../../domain/webhook.js';
import type { Queryable } from '../database.js';
import { type FirstPage, pagesByParent, withoutCursors } from './pages.js';

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

export type WebhookDeliveryRepository = ReturnType<typeof createWebhookDeliveryRepository>;

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

/** What is sent to webhook endpoints, attempt by attempt, and the log of it. */
export function createWebhookDeliveryRepository(sql: Queryable) {
  return {
    async list(projectId: string, endpointId: string, page: PageRequest<string>): Promise<Page<WebhookDelivery>> {
      const keys = keyset(page, 'd.id', 3);
      const { rows } = await sql.query<DeliveryRow>(
        `select ${DELIVERY} from webhook_deliveries d
         where d.project_id = $1 and d.endpoint_id = $2${keys.where} ${keys.orderBy}`,
        [projectId, endpointId, ...keys.values],
      );
      return toPage(page, rows.map(toDelivery));
    },

    async findMany(projectId: string, ids: readonly string[]): Promise<WebhookDelivery[]> {
      const { rows } = await sql.query<DeliveryRow>(
        `select ${DELIVERY} from webhook_deliveries d where d.project_id = $1 and d.id = any($2::uuid[])`,
        [projectId, ids],
      );
      return rows.map(toDelivery);
    },

    /** The first deliveries of many endpoints, one statement. */
    async listOfMany(
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
