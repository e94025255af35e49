import type { Actor, AuditAction, AuditEntry } from '../../domain/audit.js';
import { newUuid } from '../../domain/ids.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Queryable } from '../database.js';

interface Row {
  project_id: string;
  id: string;
  action: AuditAction;
  actor: Actor['kind'];
  key_id: string | null;
  target_id: string;
  before: string | null;
  after: string | null;
  request_id: string | null;
  created_at: Date;
}

const parsed = (json: string | null): object | null => (json === null ? null : (JSON.parse(json) as object));

const toEntry = (row: Row): AuditEntry => ({
  projectId: row.project_id,
  id: row.id,
  action: row.action,
  actor: row.actor,
  keyId: row.key_id,
  targetId: row.target_id,
  before: parsed(row.before),
  after: parsed(row.after),
  requestId: row.request_id,
  createdAtMs: row.created_at.getTime(),
});

const printed = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

/** The log of administrative actions. Entries are only ever added, in the transaction of what they tell of. */
export function createAuditRepository(sql: Queryable) {
  return {
    /** @param projectId the project that was changed, which need not be the actor's own */
    async append(
      projectId: string,
      actor: Actor,
      change: Pick<AuditEntry, 'action' | 'targetId' | 'before' | 'after'>,
    ): Promise<void> {
      await sql.query(
        `insert into audit_log (project_id, id, action, actor, key_id, target_id, before, after, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          projectId,
          newUuid(),
          change.action,
          actor.kind,
          actor.keyId,
          change.targetId,
          printed(change.before),
          printed(change.after),
          actor.requestId,
        ],
      );
    },

    async list(projectId: string, page: PageRequest<string>): Promise<Page<AuditEntry>> {
      const { where, orderBy, values } = keyset(page, 'id', 2);
      const { rows } = await sql.query<Row>(`select * from audit_log where project_id = $1 ${where} ${orderBy}`, [
        projectId,
        ...values,
      ]);
      return toPage(page, rows.map(toEntry));
    },

    async findMany(projectId: string, ids: readonly string[]): Promise<AuditEntry[]> {
      const { rows } = await sql.query<Row>('select * from audit_log where project_id = $1 and id = any($2::uuid[])', [
        projectId,
        ids,
      ]);
      return rows.map(toEntry);
    },
  };
}
