import { Migration } from '@mikro-orm/migrations';

/**
 * Webhooks: the endpoints of projects, and one row per event and endpoint, which is the outbox and the delivery log in one.
 * `queued_at` is null until the row's job is in the queue; the row is written in the statement that ends the run.
 */
export class Migration0003Webhooks extends Migration {
  override name = 'Migration0003Webhooks';

  override up(): void {
    this.addSql(`
      create table webhook_endpoints (
        project_id uuid not null references projects (id),
        id uuid not null,
        name text not null,
        url text not null,
        event_types text[] not null,
        secret text not null,
        secret_hint text not null,
        old_secret text,
        old_secret_until timestamptz(3),
        disabled_reason text,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (project_id, id)
      )`);
    this.addSql(`
      create table webhook_deliveries (
        project_id uuid not null,
        id uuid not null,
        endpoint_id uuid not null,
        event_id uuid not null,
        event_type text not null,
        response_id uuid not null,
        status text not null default 'pending',
        attempts int not null default 0,
        last_status_code int,
        last_error text,
        last_attempt_at timestamptz(3),
        job_id uuid not null,
        queued_at timestamptz(3),
        created_at timestamptz(3) not null,
        primary key (project_id, id),
        foreign key (project_id, endpoint_id) references webhook_endpoints (project_id, id) on delete cascade
      )`);
    this.addSql('create index on webhook_deliveries (project_id, endpoint_id, id)');
    // Found across projects: what the queue does not know yet, and what is old enough to be forgotten.
    this.addSql('create index on webhook_deliveries (created_at) where queued_at is null');
    this.addSql('create index on webhook_deliveries (created_at)');
  }
}
