import { Migration } from '@mikro-orm/migrations';

/**
 * Files and vector stores. A store's file is cut into chunks (what a search returns and full text indexes) and into windows
 * of a few sentences (what is embedded); windows lie in blocks of one row, so that an index is read in few rows and an
 * interrupted ingestion goes on behind its last block.
 */
export class Migration0006Knowledge extends Migration {
  override name = 'Migration0006Knowledge';

  override up(): void {
    this.addSql(`
      create table files (
        project_id uuid not null references projects (id),
        id uuid not null,
        filename text not null,
        purpose text not null,
        bytes bigint not null,
        sha256 bytea not null,
        content_type text not null,
        end_user text,
        created_at timestamptz(3) not null,
        expires_at timestamptz(3),
        primary key (project_id, id)
      )`);
    this.addSql(`create index files_purpose on files (project_id, purpose, id)`);
    this.addSql(`create index files_expiry on files (expires_at) where expires_at is not null`);

    // What a project keeps, counted as it changes: quotas are checked without reading the tables.
    this.addSql(`
      create table knowledge_usage (
        project_id uuid not null references projects (id),
        files bigint not null default 0 check (files >= 0),
        bytes bigint not null default 0 check (bytes >= 0),
        stores bigint not null default 0 check (stores >= 0),
        chunks bigint not null default 0 check (chunks >= 0),
        primary key (project_id)
      )`);

    // version rises with every change of what the store holds: whoever keeps its index in memory compares it.
    this.addSql(`
      create table vector_stores (
        project_id uuid not null references projects (id),
        id uuid not null,
        name text not null,
        description text,
        metadata jsonb not null default '{}',
        max_chunk_tokens int not null,
        chunk_overlap_tokens int not null,
        embedding_model text not null,
        embedding_dimensions int,
        version bigint not null default 1,
        end_user text,
        expires_after_days int,
        last_active_at timestamptz(3) not null,
        created_at timestamptz(3) not null,
        primary key (project_id, id)
      )`);
    this.addSql(`
      create table vector_store_batches (
        project_id uuid not null,
        store_id uuid not null,
        id uuid not null,
        created_at timestamptz(3) not null,
        cancelled_at timestamptz(3),
        primary key (project_id, id),
        foreign key (project_id, store_id) references vector_stores (project_id, id) on delete cascade
      )`);
    this.addSql(`create index vector_store_batches_store on vector_store_batches (project_id, store_id)`);
    // id orders the list and names one attachment: a file that was removed and attached again has another.
    this.addSql(`
      create table vector_store_files (
        project_id uuid not null,
        store_id uuid not null,
        file_id uuid not null,
        id uuid not null,
        batch_id uuid,
        status text not null check (status in ('in_progress', 'completed', 'failed', 'cancelled')),
        error_code text,
        error_message text,
        attributes jsonb not null default '{}',
        max_chunk_tokens int not null,
        chunk_overlap_tokens int not null,
        chunk_count int not null default 0,
        token_count bigint not null default 0,
        window_count int not null default 0,
        embedded_windows int not null default 0,
        has_vectors boolean not null default false,
        usage_bytes bigint not null default 0,
        created_at timestamptz(3) not null,
        primary key (project_id, store_id, file_id),
        unique (project_id, id),
        foreign key (project_id, store_id) references vector_stores (project_id, id) on delete cascade,
        foreign key (project_id, file_id) references files (project_id, id) on delete cascade
      )`);
    this.addSql(`create index vector_store_files_list on vector_store_files (project_id, store_id, id)`);
    this.addSql(`create index vector_store_files_file on vector_store_files (project_id, file_id)`);
    this.addSql(
      `create index vector_store_files_batch on vector_store_files (project_id, batch_id, id) where batch_id is not null`,
    );
    this.addSql(
      `create index vector_store_files_open on vector_store_files (project_id, id) where status = 'in_progress'`,
    );

    // Offsets count UTF-16 units of the extracted text. Pages are those of a PDF.
    this.addSql(`
      create table chunks (
        project_id uuid not null,
        store_id uuid not null,
        file_id uuid not null,
        position int not null,
        start_offset int not null,
        end_offset int not null,
        page_start int,
        page_end int,
        tokens int not null,
        text text not null,
        tsv tsvector generated always as (to_tsvector('english', text)) stored,
        primary key (project_id, store_id, file_id, position),
        foreign key (project_id, store_id, file_id)
          references vector_store_files (project_id, store_id, file_id) on delete cascade
      )`);
    this.addSql(`create index chunks_text on chunks using gin (tsv)`);
    // vectors: Float32, little-endian, one after another; starts and ends: their windows; each lies in the chunks from
    // chunk_firsts to chunk_lasts.
    this.addSql(`
      create table window_blocks (
        project_id uuid not null,
        store_id uuid not null,
        file_id uuid not null,
        position int not null,
        id uuid not null,
        starts int[] not null,
        ends int[] not null,
        chunk_firsts int[] not null,
        chunk_lasts int[] not null,
        vectors bytea not null,
        primary key (project_id, store_id, file_id, position),
        unique (project_id, id),
        foreign key (project_id, store_id, file_id)
          references vector_store_files (project_id, store_id, file_id) on delete cascade
      )`);
    // Vectors do not compress; trying costs time on every write.
    this.addSql(`alter table window_blocks alter vectors set storage external`);
  }
}
