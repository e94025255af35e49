import { Migration } from '@mikro-orm/migrations';

/** What lists are filtered by: metadata of conversations and vector stores, the beginning of a prompt's name. */
export class Migration0011ListFilters extends Migration {
  override name = 'Migration0011ListFilters';

  override up(): void {
    this.addSql(`create index conversations_metadata on conversations using gin (metadata jsonb_path_ops)`);
    this.addSql(`create index vector_stores_metadata on vector_stores using gin (metadata jsonb_path_ops)`);
    this.addSql(`create index prompts_name_prefix on prompts (project_id, name text_pattern_ops)`);
  }
}
