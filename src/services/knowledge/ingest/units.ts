/** A piece of text that is not cut further: a line or a sentence, with the space behind it. Units cover the whole text. */
export interface Unit {
  start: number;
  end: number;
  isHeading: boolean;
}

/** Longer lines are cut into sentences, and longer sentences between words. */
const MAX_LINE = 240;
const MAX_UNIT = 400;

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

export function unitsOf(text: string): Unit[] {
  const units: Unit[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    let end = newline === -1 ? text.length : newline + 1;
    // Blank lines belong to what they follow.
    while (end < text.length && (text[end] === '\n' || text[end] === '\r')) end += 1;
    addLine(units, text, start, end);
    start = end;
  }
  return units;
}

function addLine(units: Unit[], text: string, start: number, end: number): void {
  const isHeading = /^#{1,6} /.test(text.slice(start, start + 8));
  if (end - start <= MAX_LINE) {
    units.push({ start, end, isHeading });
    return;
  }
  // The segmenter's time grows faster than its input: a book in one line is handed to it in slices.
  for (let from = start; from < end; ) {
    const to = end - from > SLICE ? between(text, from, from + SLICE) : end;
    for (const { index, segment } of sentences.segment(text.slice(from, to)))
      addSentence(units, text, from + index, from + index + segment.length);
    from = to;
  }
}

const SLICE = 16_384;

function addSentence(units: Unit[], text: string, start: number, end: number): void {
  for (let from = start; from < end; ) {
    const to = end - from > MAX_UNIT ? between(text, from, from + MAX_UNIT) : end;
    units.push({ start: from, end: to, isHeading: false });
    from = to;
  }
}

/** The last place between two words before `limit`, or `limit` itself; never inside a surrogate pair. */
function between(text: string, start: number, limit: number): number {
  const space = text.lastIndexOf(' ', limit - 1);
  if (space > start + (limit - start) / 2) return space + 1;
  const unit = text.charCodeAt(limit);
  return unit >= 0xdc00 && unit <= 0xdfff ? limit - 1 : limit;
}
