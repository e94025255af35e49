import { Migration } from '@mikro-orm/migrations';

/** What vector stores are charged for: one row for each project and day, which is what keeps a day from being charged twice. */
export class Migration0010Storage extends Migration {
  override name = 'Migration0010Storage';

  override up(): void {
    this.addSql(`
      create table storage_days (
        project_id uuid not null references projects (id),
        day date not null,
        bytes bigint not null,
        amount bigint not null check (amount >= 0),
        primary key (project_id, day)
      )`);
  }
}
