import { Migration } from '@mikro-orm/migrations';

/**
 * The first schema. Its rules (docs/schema.md says why):
 * - `project_id` leads every primary key, unique index and foreign key of tenant tables; foreign keys are composite, without
 *   ON UPDATE CASCADE or ON DELETE SET NULL.
 * - ids are UUID v7 made in code; events and ledger are partitioned by month on such an id (partitions.ts makes the months).
 * - payloads that are only stored and returned are `json`, kept once, byte for byte; `format` says how to read them.
 */
export class Migration0001Initial extends Migration {
  override name = 'Migration0001Initial';

  override up(): void {
    this.addSql(`
      create table settings (
        name text primary key,
        value text not null
      )`);
    this.addSql(`
      create table projects (
        id uuid primary key,
        name text not null,
        settings jsonb not null default '{}',
        created_at timestamptz(3) not null default now()
      )`);
    // Found by hash before the project is known, so this small table is shared by all projects.
    this.addSql(`
      create table api_keys (
        key_hash bytea primary key,
        project_id uuid not null references projects (id),
        id uuid not null,
        name text not null,
        hint text not null,
        scopes text[] not null,
        end_user text,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3),
        revoked_at timestamptz(3),
        unique (project_id, id)
      )`);

    this.addSql(`
      create table threads (
        project_id uuid not null references projects (id),
        id uuid not null,
        parent_thread_id uuid,
        parent_position int,
        next_position int not null,
        last_sequence bigint not null default 0,
        primary key (project_id, id)
      )`);
    this.addSql(`
      create table conversations (
        project_id uuid not null,
        id uuid not null,
        metadata jsonb not null default '{}',
        end_user text,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3),
        primary key (project_id, id),
        foreign key (project_id, id) references threads (project_id, id)
      )`);
    this.addSql(`
      create table prompts (
        project_id uuid not null references projects (id),
        id uuid not null,
        name text not null,
        version int not null,
        created_at timestamptz(3) not null default now(),
        primary key (project_id, id),
        unique (project_id, name)
      )`);
    this.addSql(`
      create table prompt_versions (
        project_id uuid not null,
        prompt_id uuid not null,
        version int not null,
        display_name text,
        instructions text,
        model text,
        temperature double precision,
        tools json not null default '[]',
        variables json not null default '{}',
        metadata jsonb not null default '{}',
        created_at timestamptz(3) not null default now(),
        primary key (project_id, prompt_id, version),
        foreign key (project_id, prompt_id) references prompts (project_id, id) on delete cascade
      )`);

    // previous_response_id, conversation_id and prompt_id are plain columns: what they name may be deleted while this stays.
    this.addSql(`
      create table responses (
        project_id uuid not null,
        id uuid not null,
        format smallint not null default 1,
        status text not null,
        model text not null,
        created_at timestamptz(3) not null,
        completed_at timestamptz(3),
        expires_at timestamptz(3),
        deleted_at timestamptz(3),
        key_id uuid not null,
        end_user text,
        previous_response_id uuid,
        conversation_id uuid,
        prompt_id uuid,
        prompt_version int,
        background boolean not null,
        logged boolean not null,
        thread_id uuid not null,
        input_start int not null,
        output_start int not null,
        output_end int not null,
        last_sequence int,
        settings json not null,
        metadata jsonb not null default '{}',
        error json,
        incomplete_reason text,
        input_tokens int,
        cached_input_tokens int,
        output_tokens int,
        reasoning_tokens int,
        primary key (project_id, id),
        foreign key (project_id, thread_id) references threads (project_id, id)
      )`);
    this.addSql(
      `create index responses_conversation on responses (project_id, conversation_id, id) where conversation_id is not null`,
    );
    this.addSql(
      `create index responses_previous on responses (project_id, previous_response_id) where previous_response_id is not null`,
    );
    this.addSql(`create index responses_thread on responses (project_id, thread_id)`);
    this.addSql(
      `create index threads_parent on threads (project_id, parent_thread_id) where parent_thread_id is not null`,
    );

    this.addSql(`
      create table items (
        project_id uuid not null,
        thread_id uuid not null,
        position int not null,
        id uuid not null,
        response_id uuid,
        format smallint not null default 1,
        sequence bigint,
        removed_sequence bigint,
        end_user text,
        created_at timestamptz(3) not null default now(),
        payload json not null,
        primary key (project_id, thread_id, position),
        unique (project_id, id),
        foreign key (project_id, thread_id) references threads (project_id, id)
      )`);

    // One row per unfinished response. The unique index is the conversation lock: it lasts as long as the run.
    this.addSql(`
      create table runs (
        project_id uuid not null,
        response_id uuid not null,
        owner uuid not null,
        attempt int not null default 1,
        lease_until timestamptz(3) not null,
        conversation_id uuid,
        key_id uuid not null,
        end_user text,
        model text not null,
        created_at timestamptz(3) not null default now(),
        primary key (project_id, response_id)
      )`);
    this.addSql(
      `create unique index runs_conversation on runs (project_id, conversation_id) where conversation_id is not null`,
    );
    this.addSql(`create index runs_lease on runs (lease_until)`);

    this.addSql(`
      create table response_events (
        project_id uuid not null,
        response_id uuid not null,
        sequence_number int not null,
        format smallint not null default 1,
        payload json not null,
        primary key (project_id, response_id, sequence_number)
      ) partition by range (response_id)`);

    this.addSql(`
      create table budgets (
        project_id uuid not null,
        id uuid not null,
        key_id uuid not null,
        period text not null check (period in ('total', 'day', 'month')),
        cap bigint not null check (cap >= 0),
        created_at timestamptz(3) not null default now(),
        primary key (project_id, id),
        unique (project_id, key_id, period),
        foreign key (project_id, key_id) references api_keys (project_id, id)
      )`);
    this.addSql(`
      create table budget_windows (
        project_id uuid not null,
        budget_id uuid not null,
        window_start timestamptz(3) not null,
        settled bigint not null default 0 check (settled >= 0),
        reserved bigint not null default 0 check (reserved >= 0),
        primary key (project_id, budget_id, window_start),
        foreign key (project_id, budget_id) references budgets (project_id, id)
      )`);
    // Held money only: settling or releasing deletes the row, the ledger keeps what was paid.
    this.addSql(`
      create table reservations (
        project_id uuid not null,
        response_id uuid not null,
        budget_id uuid not null,
        window_start timestamptz(3) not null,
        amount bigint not null check (amount >= 0),
        primary key (project_id, response_id, budget_id, window_start),
        foreign key (project_id, budget_id, window_start) references budget_windows (project_id, budget_id, window_start)
      )`);
    this.addSql(`
      create table ledger (
        project_id uuid not null,
        id uuid not null,
        response_id uuid not null,
        key_id uuid not null,
        end_user text,
        model text not null,
        provider text not null,
        input_tokens int not null,
        cached_input_tokens int not null,
        output_tokens int not null,
        reasoning_tokens int not null,
        estimated boolean not null,
        amount bigint not null,
        created_at timestamptz(3) not null,
        primary key (project_id, id)
      ) partition by range (id)`);

    // lz4 packs payloads several times faster than the default; a server built without it keeps the default.
    this.addSql(`
      do $$ begin
        alter table items alter payload set compression lz4;
        alter table responses alter settings set compression lz4;
        alter table response_events alter payload set compression lz4;
      exception when feature_not_supported then null;
      end $$`);
  }
}
