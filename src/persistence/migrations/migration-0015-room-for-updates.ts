import { Migration } from '@mikro-orm/migrations';

export class Migration0015RoomForUpdates extends Migration {
  override up(): void {
    // A response and its thread are written twice: as they begin, and as they end. On a page with room for the second row no
    // index has to learn of it, and vacuum has none to clean. Half a page, because those that begin together end together.
    this.addSql(`alter table responses set (fillfactor = 50)`);
    this.addSql(`alter table threads set (fillfactor = 50)`);
    // The table holds only what is under way: looking through it every few seconds costs less than an index that each run enters,
    // and that each renewal of a lease enters again.
    this.addSql(`drop index runs_lease`);
  }
}
