/** Characters that the embedding model reads at once; it would leave out what is behind its 256 tokens. */
const PIECE = 900;

/** A text in pieces that the embedding model reads whole, cut between words where there are any. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const space = rest.length <= PIECE ? rest.length : rest.lastIndexOf(' ', PIECE);
    const end = space <= 0 ? PIECE : space;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return pieces;
}

/** The unit vector in the middle of these. */
export function mean(vectors: readonly (readonly number[])[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (const [at, value] of vector.entries()) sum[at] = (sum[at] ?? 0) + value;
  const norm = Math.hypot(...sum);
  return norm === 0 ? sum : sum.map((value) => value / norm);
}
