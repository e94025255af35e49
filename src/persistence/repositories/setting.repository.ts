import type { Queryable } from '../database.js';

export type SettingRepository = ReturnType<typeof createSettingRepository>;

/** Facts about the installation itself. */
export function createSettingRepository(sql: Queryable) {
  return {
    /** The value kept under this name; `value` becomes it if there is none yet. */
    async ensure(name: string, value: string): Promise<string> {
      await sql.query('insert into settings (name, value) values ($1, $2) on conflict do nothing', [name, value]);
      const { rows } = await sql.query<{ value: string }>('select value from settings where name = $1', [name]);
      return rows[0]?.value ?? value;
    },
  };
}
