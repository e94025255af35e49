import { Migration } from '@mikro-orm/migrations';

/**
 * How many chunks hold a term, by the index alone. The planner does not know that reading a text vector means unpacking it,
 * and would rather read the whole table: twenty times slower.
 */
export class Migration0006CountChunks extends Migration {
  override name = 'Migration0006CountChunks';

  override up(): void {
    // A list of entries that are not in the index yet makes every search read it, and the planner avoid the index.
    this.addSql('alter index chunks_text set (fastupdate = off)');
    this.addSql(`
      create function count_chunks(project uuid, stores uuid[], term tsquery, most int) returns bigint
      language sql stable
      set enable_seqscan = off
      set enable_indexscan = off
      as $$
        select count(*) from (
          select from chunks where project_id = project and store_id = any (stores) and tsv @@ term limit most
        ) counted
      $$`);
  }
}
