import { Migration } from '@mikro-orm/migrations';

/**
 * Budgets that say when they are nearly spent. A window knows the amount at which its next notice is due, so that settling a run
 * compares two numbers of a row it has locked anyway; no index holds what changes with every run.
 */
export class Migration0010Thresholds extends Migration {
  override name = 'Migration0010Thresholds';

  override up(): void {
    this.addSql('alter table budget_windows add column next_notice bigint');
    this.addSql('create index budget_windows_notices on budget_windows (project_id) where next_notice is not null');
    // The highest threshold that was passed, and in which window: what answers to callers carry.
    this.addSql(`
      alter table budgets
        add column reached int not null default 0,
        add column reached_window timestamptz(3)`);
    this.addSql(`
      create function threshold_amount(cap bigint, percent int) returns bigint language sql immutable as
      'select ceil(cap::numeric * percent / 100)::bigint'`);
    // Deliveries tell of responses or of budgets; `data` is what was true of the budget when it happened.
    this.addSql(`
      alter table webhook_deliveries
        alter column response_id drop not null,
        add column budget_id uuid,
        add column data json`);
  }
}
