import type { Project } from '../../domain/api-key.js';
import { newUuid } from '../../domain/ids.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Queryable } from '../database.js';

export type ProjectRepository = ReturnType<typeof createProjectRepository>;

interface Row {
  id: string;
  name: string;
  created_at: Date;
}

const COLUMNS = 'id, name, created_at';

const toProject = (row: Row): Project => ({ id: row.id, name: row.name, createdAtMs: row.created_at.getTime() });

const DEFAULT_PROJECT_LOCK = 4_127_002;

export function createProjectRepository(sql: Queryable) {
  return {
    /** The oldest project; makes one called `default` if there is none. Several processes may start at once. */
    async ensureDefault(): Promise<Project> {
      await sql.query(
        `with turn as materialized (select pg_advisory_xact_lock($3))
         insert into projects (id, name) select $1::uuid, $2::text from turn where not exists (select from projects)`,
        [newUuid(), 'default', DEFAULT_PROJECT_LOCK],
      );
      const { rows } = await sql.query<Row>(`select ${COLUMNS} from projects order by id limit 1`);
      return toProject(rows[0] as Row);
    },

    async findMany(ids: readonly string[]): Promise<Project[]> {
      const { rows } = await sql.query<Row>(`select ${COLUMNS} from projects where id = any($1::uuid[])`, [ids]);
      return rows.map(toProject);
    },

    /** Names need not be unique: the oldest of this one. */
    async findByName(name: string): Promise<Project | null> {
      const { rows } = await sql.query<Row>(`select ${COLUMNS} from projects where name = $1 order by id limit 1`, [
        name,
      ]);
      return rows[0] === undefined ? null : toProject(rows[0]);
    },

    async list(page: PageRequest<string>): Promise<Page<Project>> {
      const { where, orderBy, values } = keyset(page, 'id', 1);
      const { rows } = await sql.query<Row>(`select ${COLUMNS} from projects where true ${where} ${orderBy}`, values);
      return toPage(page, rows.map(toProject));
    },

    async create(name: string): Promise<Project> {
      const { rows } = await sql.query<Row>(`insert into projects (id, name) values ($1, $2) returning ${COLUMNS}`, [
        newUuid(),
        name,
      ]);
      return toProject(rows[0] as Row);
    },

    /** Answers the project before and after, or null if it is not there. */
    async rename(id: string, name: string): Promise<{ before: Project; after: Project } | null> {
      const { rows } = await sql.query<Row & { old_name: string }>(
        `with old as (select id, name from projects where id = $1 for update)
         update projects p set name = $2 from old where p.id = old.id
         returning p.id, p.name, p.created_at, old.name as old_name`,
        [id, name],
      );
      const row = rows[0];
      if (row === undefined) return null;
      const after = toProject(row);
      return { before: { ...after, name: row.old_name }, after };
    },
  };
}
