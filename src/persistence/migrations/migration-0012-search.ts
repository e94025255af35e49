import { Migration } from '@mikro-orm/migrations';

/**
 * What makes full text as fast in a small store beside large ones as alone: an index that knows the store of each word, and
 * the number of chunks that hold a word, counted as files come and go.
 */
export class Migration0012Search extends Migration {
  override name = 'Migration0012Search';

  override up(): void {
    // A chunk's project and store are lexemes among its words, so that the index itself leaves out what is elsewhere. No text
    // makes lexemes that begin with a tilde; and were there one, the query's other conditions hold.
    this.addSql(`
      create function scoped_words(project_id uuid, store_id uuid, words tsvector) returns tsvector
      language sql immutable parallel safe
      return words || array_to_tsvector(array['~' || project_id::text, '~' || store_id::text])`);
    this.addSql(`
      create index chunks_words on chunks using gin (scoped_words(project_id, store_id, tsv)) with (fastupdate = off)`);
    this.addSql('drop index chunks_text');
    this.addSql('drop function count_chunks');

    this.addSql(`
      create table store_terms (
        project_id uuid not null,
        store_id uuid not null,
        lexeme text collate "C" not null,
        chunks int not null,
        primary key (project_id, store_id, lexeme),
        foreign key (project_id, store_id) references vector_stores (project_id, id) on delete cascade
      ) with (fillfactor = 80)`);
    // The store's row is taken first, as every change of a store does: no two of them wait for each other.
    this.addSql(`
      create function count_terms() returns trigger
      language plpgsql
      as $$
      declare
        sign int := case tg_op when 'DELETE' then -1 else 1 end;
        file vector_store_files := case tg_op when 'DELETE' then old else new end;
      begin
        perform from vector_stores where project_id = file.project_id and id = file.store_id for no key update;
        if found then
          insert into store_terms as t (project_id, store_id, lexeme, chunks)
          select file.project_id, file.store_id, k.lexeme, sign * count(*)
          from chunks c cross join lateral unnest(tsvector_to_array(c.tsv)) as k(lexeme)
          where c.project_id = file.project_id and c.store_id = file.store_id and c.file_id = file.file_id
          group by k.lexeme
          on conflict (project_id, store_id, lexeme) do update set chunks = t.chunks + excluded.chunks;
        end if;
        return file;
      end
      $$`);
    this.addSql(`
      create trigger count_terms_added after update of status on vector_store_files
      for each row when (new.status = 'completed' and old.status <> 'completed') execute function count_terms()`);
    this.addSql(`
      create trigger count_terms_removed before delete on vector_store_files
      for each row when (old.status = 'completed') execute function count_terms()`);
    this.addSql(`
      insert into store_terms (project_id, store_id, lexeme, chunks)
      select c.project_id, c.store_id, k.lexeme, count(*)
      from vector_store_files vf
      join chunks c on c.project_id = vf.project_id and c.store_id = vf.store_id and c.file_id = vf.file_id
      cross join lateral unnest(tsvector_to_array(c.tsv)) as k(lexeme)
      where vf.status = 'completed'
      group by c.project_id, c.store_id, k.lexeme`);
  }
}
