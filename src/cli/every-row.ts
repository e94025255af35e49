const PAGE = { limit: 100, order: 'desc', before: null, fromEnd: false } as const;

/** Every row of a list, page after page. */
export async function everyRow<Row extends { id: string }>(
  list: (page: typeof PAGE & { after: string | null }) => Promise<{ rows: Row[]; hasNext: boolean }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page = await list({ ...PAGE, after });
    rows.push(...page.rows);
    after = page.rows.at(-1)?.id ?? null;
    isMore = page.hasNext;
  }
  return rows;
}
