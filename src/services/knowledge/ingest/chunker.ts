import { type Unit, unitsOf } from './units.js';

export interface ChunkingOptions {
  /** 100–4096. */
  maxTokens: number;
  /** At most half of `maxTokens`. */
  overlapTokens: number;
}

/** A stretch of a document: what a search returns. Offsets count UTF-16 units; `text` is exactly what lies between. */
export interface Chunk {
  start: number;
  end: number;
  tokens: number;
}

/** Once a chunk is this full, a heading is a good place to begin the next one. */
const FULL_ENOUGH = 0.6;

/**
 * Cuts a text into overlapping chunks at lines and sentences; a heading begins a chunk rather than ending one.
 *
 * @param count tokens of a text
 */
export function chunk(text: string, options: ChunkingOptions, count: (text: string) => number): Chunk[] {
  const { maxTokens, overlapTokens } = options;
  const units = countedUnits(text, maxTokens, count);
  const chunks: Chunk[] = [];
  for (let first = 0; first < units.length; ) {
    let next = first;
    let tokens = 0;
    for (; next < units.length; next += 1) {
      const unit = units[next] as CountedUnit;
      if (next > first && tokens + unit.tokens > maxTokens) break;
      if (unit.isHeading && next > first && tokens > maxTokens * FULL_ENOUGH) break;
      tokens += unit.tokens;
    }
    while (next < units.length && next - first > 1 && units[next - 1]?.isHeading === true) next -= 1;
    let made = toChunk(text, units[first] as Unit, units[next - 1] as Unit, count);
    // Tokens that reach across two units are rare, but can make the whole larger than its parts.
    while (made.tokens > maxTokens && next - first > 1) {
      next -= 1;
      made = toChunk(text, units[first] as Unit, units[next - 1] as Unit, count);
    }
    if (made.end > made.start) chunks.push(made);
    if (next >= units.length) break;
    first = overlapStart(units, first, next, overlapTokens);
  }
  return chunks;
}

interface CountedUnit extends Unit {
  tokens: number;
}

/** Units with their tokens, none larger than a chunk. */
function countedUnits(text: string, maxTokens: number, count: (text: string) => number): CountedUnit[] {
  const units: CountedUnit[] = [];
  const add = (unit: Unit): void => {
    const tokens = count(text.slice(unit.start, unit.end));
    const middle = Math.floor((unit.start + unit.end) / 2);
    const code = text.charCodeAt(middle);
    const cut = code >= 0xdc00 && code <= 0xdfff ? middle + 1 : middle;
    if (tokens <= maxTokens || cut <= unit.start || cut >= unit.end) {
      units.push({ ...unit, tokens });
      return;
    }
    add({ ...unit, end: cut });
    add({ start: cut, end: unit.end, isHeading: false });
  };
  for (const unit of unitsOf(text)) add(unit);
  return units;
}

/** Where the next chunk begins: as far back as the overlap allows, but always ahead of where this one began. */
function overlapStart(units: readonly CountedUnit[], first: number, next: number, overlapTokens: number): number {
  let start = next;
  let tokens = 0;
  while (start - 1 > first) {
    tokens += units[start - 1]?.tokens ?? 0;
    if (tokens > overlapTokens) break;
    start -= 1;
  }
  return start;
}

function toChunk(text: string, first: Unit, last: Unit, count: (text: string) => number): Chunk {
  const [start, end] = trimmed(text, first.start, last.end);
  return { start, end, tokens: start === end ? 0 : count(text.slice(start, end)) };
}

/** The range without the white space at its ends. */
export function trimmed(text: string, start: number, end: number): [start: number, end: number] {
  const slice = text.slice(start, end);
  const lead = slice.length - slice.trimStart().length;
  const kept = slice.trim().length;
  return [start + lead, start + lead + kept];
}
