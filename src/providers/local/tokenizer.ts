/** A piece of text as it may be sent: whole code points, and how many tokens it took. */
export interface Piece {
  text: string;
  tokens: number;
}

/** Counts and cuts text in o200k tokens. Special tokens in a text count as the ordinary text they are. */
export interface Tokenizer {
  count(text: string): number;
  /** Sum over many texts; gives the event loop a turn between large slices, so a long prompt stalls nobody. */
  countAll(texts: readonly string[]): Promise<number>;
  /** The text in sendable pieces, one token each, or several where a code point spans tokens. */
  pieces(text: string): Piece[];
}

/**
 * Longest run of one kind of character given to the encoder at once. Merging is quadratic in a run's length: 100,000
 * letters without a space would hold the process for seconds.
 */
const maxRun = 1_000;
/** Characters counted before the event loop gets a turn: about 10 ms of work. */
const sliceLength = 64 * 1024;
/** User text may hold `<|endoftext|>`; the default would throw. */
const asOrdinaryText = { disallowedSpecial: new Set<string>() };

/** Loads the o200k tables (about 0.15 s and 70 MB, once) and returns the tokenizer. */
export async function loadTokenizer(): Promise<Tokenizer> {
  const o200k = await import('gpt-tokenizer/encoding/o200k_base');
  const count = (text: string): number => {
    let total = 0;
    for (const run of cutRuns(text)) total += o200k.countTokens(run, asOrdinaryText);
    return total;
  };
  return {
    count,
    async countAll(texts) {
      let total = 0;
      let sinceTurn = 0;
      for (const text of texts) {
        for (const slice of slices(text)) {
          total += count(slice);
          sinceTurn += slice.length;
          if (sinceTurn < sliceLength) continue;
          sinceTurn = 0;
          await new Promise(setImmediate);
        }
      }
      return total;
    },
    pieces(text) {
      const tokens: number[] = [];
      for (const run of cutRuns(text.replace(/\p{Surrogate}/gu, '\ufffd')))
        for (const id of o200k.encode(run, asOrdinaryText)) tokens.push(id);
      let read = 0;
      function* counted(): Generator<number> {
        for (const id of tokens) {
          read += 1;
          yield id;
        }
      }
      const pieces: Piece[] = [];
      let sent = 0;
      // Always to the end: the decoder is shared, and one left inside a code point would spoil the next text.
      for (const piece of o200k.decodeGenerator(counted())) {
        pieces.push({ text: piece, tokens: read - sent });
        sent = read;
      }
      return pieces;
    },
  };
}

/** Cuts a long text where the encoder would split it anyway: before a single space between two letters. */
function* slices(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > sliceLength) {
    const from = start + sliceLength;
    const found = /[a-z](?= [a-z])/g;
    found.lastIndex = from;
    const match = found.exec(text);
    // Without such a place nearby the count may be off by one or two, which a stall would not be worth.
    const end = match !== null && match.index < from + sliceLength ? match.index + 1 : wholeCodePoint(text, from);
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

/** Cuts runs of one kind of character longer than `maxRun`; ordinary text comes back whole. */
function* cutRuns(text: string): Generator<string> {
  let start = 0;
  if (text.length > maxRun) {
    let kind = -1;
    let length = 0;
    for (let i = 0; i < text.length; i += 1) {
      const here = kindOf(text.charCodeAt(i));
      length = here === kind ? length + 1 : 1;
      kind = here;
      if (length <= maxRun) continue;
      const end = wholeCodePoint(text, i);
      yield text.slice(start, end);
      start = end;
      length = 1;
    }
  }
  if (start < text.length) yield text.slice(start);
}

const wholeCodePoint = (text: string, at: number): number => {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
};

/** 0 space, 1 digit, 2 letter or anything beyond ASCII, 3 other. */
function kindOf(unit: number): 0 | 1 | 2 | 3 {
  if (unit === 32 || (unit >= 9 && unit <= 13)) return 0;
  if (unit >= 48 && unit <= 57) return 1;
  if (unit > 127 || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)) return 2;
  return 3;
}
