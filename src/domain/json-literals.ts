/** Texts that are at least this long, in UTF-16 units, are worth keeping as they came. */
export const LONG_TEXT = 8192;

/** How a text was written in JSON by whoever sent it, with the quotes around it. */
export interface Literal {
  readonly source: string;
  /** Its length in UTF-8. */
  readonly bytes: number;
  /** `latin1` for ASCII, which is far cheaper to write. */
  readonly encoding: 'latin1' | 'utf8';
}

/**
 * Long texts and their literals. A text that is looked up may come from anywhere; only one that is equal is found, so what is
 * printed with its literal means the same.
 */
export type Literals = ReadonlyMap<string, Literal>;

/** JSON text, as a string or, where some of it was taken over, in pieces. */
export type PrintedJson = string | JsonPieces;

/**
 * `JSON.stringify` for values that came out of JSON, without printing the texts whose literals are known: printing a long one
 * takes longer than reading it did, and most of them are passed on twice, to the model and to the database.
 */
export function printJson(value: object, literals: Literals | null): PrintedJson {
  if (literals === null) return JSON.stringify(value);
  const printer = new Printer(literals);
  printer.print(value);
  return printer.end();
}

/** JSON text that has not been put together yet: bytes are dear, so there should be one buffer for all that is to be sent. */
export class JsonPieces {
  readonly #pieces: readonly Literal[];
  readonly bytes: number;

  constructor(pieces: readonly Literal[]) {
    this.#pieces = pieces;
    this.bytes = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Writes the text in UTF-8 and answers how many bytes it took. */
  write(target: Buffer, start: number): number {
    let at = start;
    for (const { source, encoding } of this.#pieces) at += target.write(source, at, encoding);
    return at - start;
  }

  toBuffer(): Buffer {
    const buffer = Buffer.allocUnsafe(this.bytes);
    this.write(buffer, 0);
    return buffer;
  }
}

class Printer {
  readonly #literals: Literals;
  readonly #pieces: Literal[] = [];
  #text = '';

  constructor(literals: Literals) {
    this.#literals = literals;
  }

  print(value: unknown): void {
    if (typeof value === 'string') this.#printString(value);
    else if (Array.isArray(value)) this.#printArray(value);
    else if (typeof value === 'object' && value !== null) this.#printObject(value);
    else this.#text += JSON.stringify(value) ?? 'null';
  }

  end(): PrintedJson {
    if (this.#pieces.length === 0) return this.#text;
    this.#endText();
    return new JsonPieces(this.#pieces);
  }

  #endText(): void {
    this.#pieces.push({ source: this.#text, bytes: Buffer.byteLength(this.#text), encoding: 'utf8' });
    this.#text = '';
  }

  #printString(value: string): void {
    const literal = value.length < LONG_TEXT ? undefined : this.#literals.get(value);
    if (literal === undefined) {
      this.#text += JSON.stringify(value);
      return;
    }
    this.#endText();
    this.#pieces.push(literal);
  }

  #printArray(values: readonly unknown[]): void {
    this.#text += '[';
    for (const [index, value] of values.entries()) {
      if (index > 0) this.#text += ',';
      this.print(value);
    }
    this.#text += ']';
  }

  #printObject(object: object): void {
    let before = '{';
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.#text += `${before}${JSON.stringify(name)}:`;
      before = ',';
      this.print(value);
    }
    this.#text += before === '{' ? '{}' : '}';
  }
}
