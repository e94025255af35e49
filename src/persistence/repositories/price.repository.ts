import type { Price } from '../../domain/money.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { PriceVersion } from '../../domain/price-version.js';
import type { Queryable } from '../database.js';

interface Row {
  project_id: string;
  id: string;
  model: string;
  effective_at: Date;
  input: bigint;
  cached_input: bigint;
  output: bigint;
  reasoning: bigint;
  tool_calls: Record<string, string>;
  created_at: Date;
}
const COLUMNS = 'project_id, id, model, effective_at, input, cached_input, output, reasoning, tool_calls, created_at';

const toVersion = (row: Row): PriceVersion => ({
  projectId: row.project_id,
  id: row.id,
  model: row.model,
  effectiveAtMs: row.effective_at.getTime(),
  createdAtMs: row.created_at.getTime(),
  price: {
    input: row.input,
    cachedInput: row.cached_input,
    output: row.output,
    reasoning: row.reasoning,
    toolCalls: Object.fromEntries(Object.entries(row.tool_calls).map(([tool, amount]) => [tool, BigInt(amount)])),
  },
});

const printCalls = (price: Price): string =>
  JSON.stringify(Object.fromEntries(Object.entries(price.toolCalls).map(([tool, amount]) => [tool, String(amount)])));

export type PriceRepository = ReturnType<typeof createPriceRepository>;

export function createPriceRepository(sql: Queryable) {
  return {
    /** Adds a version; every process is told. Null when the model has one from that very moment. */
    async create(version: Omit<PriceVersion, 'createdAtMs'>): Promise<PriceVersion | null> {
      const { price } = version;
      const { rows } = await sql.query<Row>(
        `with price as (
           insert into prices (project_id, id, model, effective_at, input, cached_input, output, reasoning, tool_calls)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (project_id, model, effective_at) do nothing
           returning ${COLUMNS}
         ), told as (select pg_notify('antiphon_prices', '') from price)
         select price.* from price, told`,
        [
          version.projectId,
          version.id,
          version.model,
          new Date(version.effectiveAtMs),
          ...[price.input, price.cachedInput, price.output, price.reasoning].map(String),
          printCalls(price),
        ],
      );
      return rows[0] === undefined ? null : toVersion(rows[0]);
    },

    async find(projectId: string, id: string): Promise<PriceVersion | null> {
      const { rows } = await sql.query<Row>(`select ${COLUMNS} from prices where project_id = $1 and id = $2`, [
        projectId,
        id,
      ]);
      return rows[0] === undefined ? null : toVersion(rows[0]);
    },

    async list(projectId: string, page: PageRequest<string>, model: string | null): Promise<Page<PriceVersion>> {
      const range = keyset(page, 'id', 3);
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from prices
         where project_id = $1 and ($2::text is null or model = $2)${range.where} ${range.orderBy}`,
        [projectId, model, ...range.values],
      );
      return toPage(page, rows.map(toVersion));
    },

    async findMany(projectId: string, ids: readonly string[]): Promise<PriceVersion[]> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from prices where project_id = $1 and id = any($2::uuid[])`,
        [projectId, ids],
      );
      return rows.map(toVersion);
    },

    /** Takes a version back that does not hold yet. False if it does, or is not there. */
    async deleteFuture(projectId: string, id: string, nowMs: number): Promise<boolean> {
      const { rows } = await sql.query(
        `with gone as (
           delete from prices where project_id = $1 and id = $2 and effective_at > $3 returning id
         ), told as (select pg_notify('antiphon_prices', '') from gone)
         select gone.id from gone, told`,
        [projectId, id, new Date(nowMs)],
      );
      return rows.length > 0;
    },

    /** Of all projects, the versions that hold at `sinceMs` or begin later; the latest of each model first. */
    async loadSince(sinceMs: number): Promise<PriceVersion[]> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from (
           select *, lead(effective_at) over (partition by project_id, model order by effective_at) as ended_at from prices
         ) p
         where ended_at is null or ended_at > $1
         order by effective_at desc`,
        [new Date(sinceMs)],
      );
      return rows.map(toVersion);
    },
  };
}
