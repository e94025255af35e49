import DataLoader from 'dataloader';

export type IdLoader<Row> = DataLoader<string, Row | null>;

/** Look-ups by id, gathered into one: rows in the order of the ids that were asked for, null where there is none. */
export const createIdLoader = <Row extends object>(
  find: (ids: readonly string[]) => Promise<readonly Row[]>,
  idOf: (row: Row) => string | undefined,
): IdLoader<Row> =>
  new DataLoader(async (ids) => {
    const found = new Map((await find(ids)).map((row) => [idOf(row), row]));
    return ids.map((id) => found.get(id) ?? null);
  });

export const uuidOf = ({ id }: { id: string }): string => id;
