/** Rows under their headings, in columns as wide as they need to be. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A moment as people read it, in UTC; a dash for none. */
export const printTime = (epochMs: number | null): string =>
  epochMs === null ? '-' : new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ');
