import { Migration } from '@mikro-orm/migrations';

/** Prices with a history, budgets on more than keys, bills that say what they were for, and usage summed by quarter hours. */
export class Migration0008Money extends Migration {
  override name = 'Migration0008Money';

  override up(): void {
    // A version holds from its time until the next one of the same model. Per million tokens, and per call of a tool.
    this.addSql(`
      create table prices (
        project_id uuid not null references projects (id),
        id uuid not null,
        model text not null,
        effective_at timestamptz(3) not null,
        input bigint not null check (input >= 0),
        cached_input bigint not null check (cached_input >= 0),
        output bigint not null check (output >= 0),
        reasoning bigint not null check (reasoning >= 0),
        tool_calls jsonb not null default '{}',
        created_at timestamptz(3) not null default now(),
        primary key (project_id, id),
        unique (project_id, model, effective_at)
      )`);

    // budget_ids and window_starts are parallel: the windows a bill was charged to.
    this.addSql(`
      alter table ledger
        add column label text,
        add column tool_calls jsonb,
        add column budget_ids uuid[],
        add column window_starts timestamptz(3)[]`);

    // scope says what is limited; subject names the end user or the label, null means each of them for itself, and then every
    // one that appears gets a budget of its own, which names its template.
    this.addSql(`
      alter table budgets
        drop constraint budgets_period_check,
        drop constraint budgets_project_id_key_id_period_key,
        alter column key_id drop not null,
        add column scope text not null default 'key' check (scope in ('project', 'key', 'end_user', 'label')),
        add column subject text,
        add column template_id uuid,
        add column time_zone text not null default 'UTC',
        add column rolling_seconds int check (rolling_seconds between 60 and 31622400),
        add column enforced boolean not null default true,
        add column thresholds int[] not null default '{}',
        add column deleted_at timestamptz(3),
        add constraint budgets_period_check check (period in ('total', 'day', 'week', 'month', 'rolling')),
        add constraint budgets_rolling_check check ((period = 'rolling') = (rolling_seconds is not null)),
        add constraint budgets_key_check check ((scope = 'key') = (key_id is not null))`);
    this.addSql(`create index budgets_key on budgets (project_id, key_id)`);
    this.addSql(
      `create unique index budgets_of_template on budgets (project_id, template_id, subject) where template_id is not null`,
    );
    this.addSql(
      `create index budgets_subject on budgets (project_id, scope, subject) where scope in ('end_user', 'label')`,
    );
    // What a rolling window has spent, by the time it was spent: it leaves the window again.
    this.addSql(`
      create table budget_slices (
        project_id uuid not null,
        budget_id uuid not null,
        slice_start timestamptz(3) not null,
        amount bigint not null check (amount >= 0),
        primary key (project_id, budget_id, slice_start),
        foreign key (project_id, budget_id) references budgets (project_id, id)
      )`);

    // A quarter of an hour is a whole part of the day in every time zone in use. Empty text stands for none.
    this.addSql(`
      create table usage_slots (
        project_id uuid not null references projects (id),
        slot timestamptz(3) not null,
        key_id uuid not null,
        model text not null,
        provider text not null,
        end_user text not null,
        label text not null,
        requests int not null,
        input_tokens bigint not null,
        cached_input_tokens bigint not null,
        output_tokens bigint not null,
        reasoning_tokens bigint not null,
        amount bigint not null,
        primary key (project_id, slot, key_id, model, provider, end_user, label)
      )`);
    this.addSql(`
      create table usage_tool_slots (
        project_id uuid not null references projects (id),
        slot timestamptz(3) not null,
        key_id uuid not null,
        model text not null,
        provider text not null,
        end_user text not null,
        label text not null,
        tool text not null,
        requests int not null,
        calls bigint not null,
        primary key (project_id, slot, key_id, model, provider, end_user, label, tool)
      )`);
  }
}
