import { Migration } from '@mikro-orm/migrations';

export class Migration0016ThreadsOfForks extends Migration {
  override name = 'Migration0016ThreadsOfForks';

  override up(): void {
    // Whose thread goes on is said by the response itself, so that only forks and conversations need a row of their own. Of every
    // stored create that saves a row, its second version, and four looks from one row to another, a quarter of its cost.
    this.addSql(`alter table responses add column continued boolean not null default false`);
    this.addSql(`
      update responses r set continued = true from threads t
      where t.project_id = r.project_id and t.id = r.thread_id and (
        t.next_position > r.output_end or t.last_sequence > 0
        or exists (select from conversations c where c.project_id = t.project_id and c.id = t.id)
      )`);
    this.addSql(`alter table responses drop constraint responses_project_id_thread_id_fkey`);
    this.addSql(`alter table items drop constraint items_project_id_thread_id_fkey`);
    this.addSql(`alter table reservations drop constraint reservations_project_id_budget_id_window_start_fkey`);
    // It served a foreign key alone.
    this.addSql(`drop index responses_thread`);
    this.addSql(`alter table threads alter next_position set default 0`);
    this.addSql(`
      delete from threads t
      where parent_thread_id is null and last_sequence = 0
        and not exists (select from conversations c where c.project_id = t.project_id and c.id = t.id)
        and not exists (select from runs where runs.project_id = t.project_id and runs.conversation_id = t.id)`);
  }
}
