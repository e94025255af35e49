/** The readable text of a file. */
export interface Document {
  text: string;
  /** Where each page begins in the text; empty for kinds without pages. */
  pageStarts: readonly number[];
}

/** Why a file cannot be indexed, in the API's codes (vector stores section), for the person who uploaded it. */
export class DocumentError extends Error {
  override name = 'DocumentError';
  readonly code: 'unsupported_file' | 'invalid_file';

  constructor(code: DocumentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const unsupported = (what: string): DocumentError => new DocumentError('unsupported_file', what);
export const invalid = (what: string): DocumentError => new DocumentError('invalid_file', what);

/** What one file may cost. Text beyond this is refused rather than cut: half a document would answer wrongly. */
export const documentLimits = {
  /** Bytes of a file that is parsed as a whole (PDF, DOCX, HTML). */
  maxParsedBytes: 64 * 1024 ** 2,
  /** Bytes that a zip may hold when unpacked. */
  maxUnpackedBytes: 128 * 1024 ** 2,
  /** UTF-16 units of text. */
  maxTextLength: 16 * 1024 ** 2,
  maxPages: 10_000,
} as const;

export const tooMuchText = (): DocumentError =>
  invalid(`The file holds more than ${documentLimits.maxTextLength} characters of text.`);
