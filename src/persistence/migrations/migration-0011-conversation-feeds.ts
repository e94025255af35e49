import { Migration } from '@mikro-orm/migrations';

/** Finds what changed in a conversation since a number. Items outside of conversations have no number and cost nothing here. */
export class Migration0011ConversationFeeds extends Migration {
  override name = 'Migration0011ConversationFeeds';

  override up(): void {
    this.addSql(
      `create index items_sequence on items (project_id, thread_id, sequence) where sequence is not null and removed_sequence is null`,
    );
    this.addSql(
      `create index items_removed on items (project_id, thread_id, removed_sequence) where removed_sequence is not null`,
    );
  }
}
