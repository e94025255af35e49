import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { StoragePriceVersion } from '../../domain/price-version.js';
import type { Queryable } from '../database.js';

interface Row {
  project_id: string;
  id: string;
  effective_at: Date;
  gb_day: bigint;
  created_at: Date;
}
const COLUMNS = 'project_id, id, effective_at, gb_day, created_at';

const toVersion = (row: Row): StoragePriceVersion => ({
  projectId: row.project_id,
  id: row.id,
  effectiveAtMs: row.effective_at.getTime(),
  createdAtMs: row.created_at.getTime(),
  gbDay: row.gb_day,
});

export type StoragePriceRepository = ReturnType<typeof createStoragePriceRepository>;

/** Nobody keeps these in memory: the statement that charges a day reads the version that holds. */
export function createStoragePriceRepository(sql: Queryable) {
  const findMany = async (projectId: string, ids: readonly string[]): Promise<StoragePriceVersion[]> => {
    const { rows } = await sql.query<Row>(
      `select ${COLUMNS} from storage_prices where project_id = $1 and id = any($2::uuid[])`,
      [projectId, ids],
    );
    return rows.map(toVersion);
  };

  return {
    findMany,

    async find(projectId: string, id: string): Promise<StoragePriceVersion | null> {
      return (await findMany(projectId, [id]))[0] ?? null;
    },

    /** Adds a version. Null when there is one from that very moment. */
    async create(version: Omit<StoragePriceVersion, 'createdAtMs'>): Promise<StoragePriceVersion | null> {
      const { rows } = await sql.query<Row>(
        `insert into storage_prices (project_id, id, effective_at, gb_day) values ($1, $2, $3, $4)
         on conflict (project_id, effective_at) do nothing
         returning ${COLUMNS}`,
        [version.projectId, version.id, new Date(version.effectiveAtMs), String(version.gbDay)],
      );
      return rows[0] === undefined ? null : toVersion(rows[0]);
    },

    async list(projectId: string, page: PageRequest<string>): Promise<Page<StoragePriceVersion>> {
      const range = keyset(page, 'id', 2);
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from storage_prices where project_id = $1${range.where} ${range.orderBy}`,
        [projectId, ...range.values],
      );
      return toPage(page, rows.map(toVersion));
    },

    /** Takes a version back that does not hold yet. False if it does, or is not there. */
    async deleteFuture(projectId: string, id: string, nowMs: number): Promise<boolean> {
      const { rows } = await sql.query(
        'delete from storage_prices where project_id = $1 and id = $2 and effective_at > $3 returning id',
        [projectId, id, new Date(nowMs)],
      );
      return rows.length > 0;
    },
  };
}
