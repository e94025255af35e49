import { newUuid } from '../../domain/ids.js';
import type { Queryable } from '../database.js';

export interface ProjectRecord {
  id: string;
  name: string;
  createdAtMs: number;
}

export type ProjectRepository = ReturnType<typeof createProjectRepository>;

interface Row {
  id: string;
  name: string;
  created_at: Date;
}

const toProject = (row: Row): ProjectRecord => ({ id: row.id, name: row.name, createdAtMs: row.created_at.getTime() });

const DEFAULT_PROJECT_LOCK = 4_127_002;

export function createProjectRepository(sql: Queryable) {
  return {
    /** The oldest project; makes one called `default` if there is none. Several processes may start at once. */
    async ensureDefault(): Promise<ProjectRecord> {
      await sql.query(
        `with turn as materialized (select pg_advisory_xact_lock($3))
         insert into projects (id, name) select $1::uuid, $2::text from turn where not exists (select from projects)`,
        [newUuid(), 'default', DEFAULT_PROJECT_LOCK],
      );
      const { rows } = await sql.query<Row>('select id, name, created_at from projects order by id limit 1');
      return toProject(rows[0] as Row);
    },

    async get(id: string): Promise<ProjectRecord> {
      const { rows } = await sql.query<Row>('select id, name, created_at from projects where id = $1', [id]);
      return toProject(rows[0] as Row);
    },
  };
}
