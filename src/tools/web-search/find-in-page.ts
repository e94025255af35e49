/** Characters shown before and behind a match. */
const AROUND = 250;
const MAX_COUNTED = 1000;

/**
 * Where a text stands in a page, whatever its letters' case and its white space: how often, and excerpts around the places,
 * those that would overlap in one, `characters` at most together.
 */
export function findInPage(page: string, pattern: string, characters: number): { count: number; excerpts: string[] } {
  const literal = pattern
    .split(/\s+/)
    .map((word) => RegExp.escape(word))
    .join('\\s+');
  const excerpts: string[] = [];
  let count = 0;
  let room = characters;
  let shownUntil = 0;
  for (const match of page.matchAll(new RegExp(literal, 'giu'))) {
    count += 1;
    if (count >= MAX_COUNTED) break;
    const end = match.index + match[0].length;
    if (end <= shownUntil || room <= 0) continue;
    const from = Math.max(shownUntil, match.index - AROUND);
    const text = page.slice(from, Math.min(page.length, end + AROUND, from + room));
    excerpts.push(text.toWellFormed());
    room -= text.length;
    shownUntil = from + text.length;
  }
  return { count, excerpts };
}
