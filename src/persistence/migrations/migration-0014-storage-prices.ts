import { Migration } from '@mikro-orm/migrations';

/** What a project's vector stores cost, with a history as the prices of models have one. */
export class Migration0014StoragePrices extends Migration {
  override name = 'Migration0014StoragePrices';

  override up(): void {
    // A version holds from its time until the next one. Nano-units for 10⁹ bytes over a day.
    this.addSql(`
      create table storage_prices (
        project_id uuid not null references projects (id),
        id uuid not null,
        effective_at timestamptz(3) not null,
        gb_day bigint not null check (gb_day >= 0),
        created_at timestamptz(3) not null default now(),
        primary key (project_id, id),
        unique (project_id, effective_at)
      )`);
  }
}
