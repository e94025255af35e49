import { Migration } from '@mikro-orm/migrations';

/** Background runs that any process can start, cancellations that no process can miss, and requests that are sent twice. */
export class Migration0002Lifecycle extends Migration {
  override name = 'Migration0002Lifecycle';

  override up(): void {
    // `command` is what is needed to start the run (sealed), `sent_at` when its upstream was called: a run with the first and
    // without the second can be started again. Both go with the row.
    this.addSql(`
      alter table runs
        add column command text,
        add column sent_at timestamptz(3),
        add column input_tokens int,
        add column cancelled_at timestamptz(3)`);
    this.addSql(`create index runs_queue on runs (lease_until) where command is not null and sent_at is null`);

    // Which response a request with an Idempotency-Key began. Written with the run's beginning, dropped a day later.
    this.addSql(`
      create table idempotency_keys (
        project_id uuid not null references projects (id),
        key text not null,
        request_hash bytea not null,
        response_id uuid not null,
        expires_at timestamptz(3) not null,
        primary key (project_id, key)
      )`);
    this.addSql(`create index idempotency_keys_expiry on idempotency_keys (expires_at)`);
  }
}
