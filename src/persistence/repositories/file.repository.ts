import type { File, FilePurpose } from '../../domain/file.js';
import type { ListFilter } from '../../domain/list-filter.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type { Queryable } from '../database.js';
import { conditionsOf } from '../list-conditions.js';

export interface FileFilter extends ListFilter {
  purpose?: FilePurpose;
}

interface FileRow {
  project_id: string;
  id: string;
  filename: string;
  purpose: string;
  bytes: bigint;
  sha256: Buffer;
  content_type: string;
  end_user: string | null;
  created_at: Date;
  expires_at: Date | null;
}

const toFile = (row: FileRow): File => ({
  projectId: row.project_id,
  id: row.id,
  filename: row.filename,
  purpose: row.purpose as FilePurpose,
  bytes: Number(row.bytes),
  sha256: row.sha256.toString('hex'),
  contentType: row.content_type,
  createdAtMs: row.created_at.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  endUser: row.end_user,
});

/** What a project may keep. */
export interface FileQuota {
  files: number;
  bytes: number;
}

export type FileRepository = ReturnType<typeof createFileRepository>;

/** Files without their bytes. A file that has expired is not there for anyone, swept or not. */
export function createFileRepository(sql: Queryable) {
  return {
    /** Writes the file and counts it. False if the project's quota has no room for it. */
    async create(file: File, quota: FileQuota): Promise<boolean> {
      const { rowCount } = await sql.query(
        `with room as (
           insert into knowledge_usage as u (project_id, files, bytes)
           select $1, 1, $5::bigint where 1 <= $11::bigint and $5::bigint <= $12::bigint
           on conflict (project_id) do update set files = u.files + 1, bytes = u.bytes + excluded.bytes
             where u.files + 1 <= $11::bigint and u.bytes + excluded.bytes <= $12::bigint
           returning 1
         )
         insert into files (project_id, id, filename, purpose, bytes, sha256, content_type, end_user, created_at, expires_at)
         select $1, $2, $3, $4, $5::bigint, $6::bytea, $7, $8, $9::timestamptz, $10::timestamptz from room`,
        [
          file.projectId,
          file.id,
          file.filename,
          file.purpose,
          file.bytes,
          Buffer.from(file.sha256, 'hex'),
          file.contentType,
          file.endUser,
          new Date(file.createdAtMs),
          file.expiresAtMs === null ? null : new Date(file.expiresAtMs),
          quota.files,
          quota.bytes,
        ],
      );
      return rowCount === 1;
    },

    async findMany({ projectId, endUser }: Owner, ids: readonly string[]): Promise<File[]> {
      const { rows } = await sql.query<FileRow>(
        `select * from files
         where project_id = $1 and id = any ($2::uuid[]) and (expires_at is null or expires_at > now())
           and ($3::text is null or end_user = $3)`,
        [projectId, ids, endUser],
      );
      return rows.map(toFile);
    },

    async list({ projectId, endUser }: Owner, page: PageRequest<string>, filter: FileFilter = {}): Promise<Page<File>> {
      const values: unknown[] = [projectId];
      const conditions = conditionsOf('f', values);
      conditions.compare('end_user', '=', endUser ?? undefined);
      conditions.compare('purpose', '=', filter.purpose);
      conditions.filter(filter);
      const keys = keyset(page, 'f.id', values.length + 1);
      const { rows } = await sql.query<FileRow>(
        `select * from files f
         where f.project_id = $1 and (f.expires_at is null or f.expires_at > now())${conditions.text}${keys.where}
         ${keys.orderBy}`,
        [...values, ...keys.values],
      );
      return toPage(page, rows.map(toFile));
    },

    /** Removes the file, from every store too, and counts it off. False if it is not there. */
    async delete(projectId: string, id: string): Promise<boolean> {
      const { rows } = await sql.query(
        `with attached as (
           select store_id, chunk_count from vector_store_files where project_id = $1 and file_id = $2
         ),
         gone as (delete from files where project_id = $1 and id = $2 returning bytes),
         bumped as (
           update vector_stores set version = version + 1
           where project_id = $1 and id in (select store_id from attached) and exists (select from gone)
         )
         update knowledge_usage u
         set files = u.files - 1, bytes = u.bytes - gone.bytes,
             chunks = u.chunks - (select coalesce(sum(chunk_count), 0) from attached)
         from gone where u.project_id = $1
         returning 1`,
        [projectId, id],
      );
      return rows.length === 1;
    },

    /** Files that have expired, of any project. */
    async findExpired(limit: number): Promise<{ projectId: string; id: string }[]> {
      const { rows } = await sql.query<{ project_id: string; id: string }>(
        'select project_id, id from files where expires_at <= now() order by expires_at limit $1',
        [limit],
      );
      return rows.map((row) => ({ projectId: row.project_id, id: row.id }));
    },

    /** Which of these ids have no file. */
    async findUnknown(projectId: string, ids: readonly string[]): Promise<string[]> {
      const { rows } = await sql.query<{ id: string }>(
        `select k.id from unnest($2::uuid[]) as k(id)
         where not exists (select from files f where f.project_id = $1 and f.id = k.id)`,
        [projectId, ids],
      );
      return rows.map((row) => row.id);
    },
  };
}
