import { Migration } from '@mikro-orm/migrations';

export class Migration0015RoomForUpdates extends Migration {
  override name = 'Migration0015RoomForUpdates';

  override up(): void {
    // A response and its thread are written twice: as they begin, and as they end. On a page with room for the second row no
    // index has to learn of it, and vacuum has none to clean. (A run that moves into a conversation changes its thread, which is
    // indexed.) Half a page, because those that begin together end together; it stays free, which is the price.
    this.addSql(`alter table responses set (fillfactor = 50)`);
    this.addSql(`alter table threads set (fillfactor = 50)`);
    // The table holds only what has not ended: looking through it every few seconds costs less than an index that each run enters,
    // and that each renewal of a lease enters again. Those that wait have one of their own.
    this.addSql(`drop index runs_lease`);
  }
}
