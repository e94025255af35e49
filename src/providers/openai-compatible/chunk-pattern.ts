const NAME = '"content"';

/**
 * What the chunks of one answer have in common. They differ in their text and in nothing else, as a rule: one that is like the
 * last chunk around its text says what that one said with another text, and need not be parsed to know it.
 */
export class ChunkPattern {
  #head = '';
  #tail = '';

  /**
   * Learns from a chunk that was parsed and said nothing but this text.
   *
   * @param text the only value in it named `content`
   */
  learn(chunk: string, text: string): void {
    this.#head = '';
    const at = chunk.indexOf(NAME);
    if (at === -1 || chunk.lastIndexOf(NAME) !== at) return;
    const value = JSON.stringify(text);
    const quote = chunk.indexOf('"', at + NAME.length);
    if (chunk.slice(at + NAME.length, quote).trim() !== ':' || !chunk.startsWith(value, quote)) return;
    this.#head = chunk.slice(0, quote + 1);
    this.#tail = chunk.slice(quote + value.length - 1);
  }

  /** The text of a chunk that differs from the last in nothing else; null if it may. */
  textOf(chunk: string): string | null {
    const head = this.#head;
    const tail = this.#tail;
    if (head === '' || chunk.length < head.length + tail.length) return null;
    if (!chunk.startsWith(head) || !chunk.endsWith(tail)) return null;
    const text = chunk.slice(head.length, chunk.length - tail.length);
    return text.includes('"') || text.includes('\\') ? null : text;
  }
}
