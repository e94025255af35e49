import { Migration } from '@mikro-orm/migrations';

/** Keys that name models, are rotated and say when they were used; what administrators did; and the rows of end users. */
export class Migration0007Access extends Migration {
  override name = 'Migration0007Access';

  override up(): void {
    // A rotated key is the same key with another secret; the one before works beside it until its time is over.
    this.addSql(`
      alter table api_keys
        add column models text[],
        add column old_key_hash bytea,
        add column old_key_until timestamptz(3),
        add column last_used_at timestamptz(3)`);
    this.addSql('create unique index api_keys_old on api_keys (old_key_hash) where old_key_hash is not null');

    this.addSql(`
      create table audit_log (
        project_id uuid not null references projects (id),
        id uuid not null,
        action text not null,
        actor text not null check (actor in ('key', 'command_line', 'server')),
        key_id uuid,
        target_id text not null,
        before json,
        after json,
        request_id text,
        created_at timestamptz(3) not null default now(),
        primary key (project_id, id)
      )`);
    this.addSql(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name;
      end $$`);
    this.addSql(`
      create trigger append_only before update or delete or truncate on audit_log
      for each statement execute function refuse_change()`);

    // Lists of a user's own; most rows belong to none.
    for (const table of ['responses', 'conversations', 'files', 'vector_stores'])
      this.addSql(`create index ${table}_end_user on ${table} (project_id, end_user, id) where end_user is not null`);
  }
}
