import { Migration } from '@mikro-orm/migrations';

/** Rate limits of single keys, as they are written down. */
export class Migration0009KeyRateLimits extends Migration {
  override name = 'Migration0009KeyRateLimits';

  override up(): void {
    this.addSql(`alter table api_keys add column rate_limits jsonb not null default '[]'`);
  }
}
