import { readFile, stat } from 'node:fs/promises';
import { type Document, DocumentError, documentLimits, invalid, tooMuchText } from './document.js';
import { readDocx } from './readers/docx.js';
import { readHtml } from './readers/html.js';
import { readPdf } from './readers/pdf.js';
import { readJson, readText, toStorable } from './readers/text.js';
import { type DocumentKind, sniff } from './sniff.js';

const readers: Record<DocumentKind, (bytes: Buffer) => Document | Promise<Document>> = {
  pdf: readPdf,
  docx: readDocx,
  html: readHtml,
  json: readJson,
  text: readText,
};

/** Bytes of UTF-8 that can still be few enough characters. */
const MAX_BYTES = Math.max(documentLimits.maxParsedBytes, documentLimits.maxTextLength * 4);

/** The text of a file of any kind that is supported. @throws DocumentError with a reason for people */
export async function readDocument(file: string, filename: string): Promise<Document> {
  const { size } = await stat(file);
  if (size === 0) throw invalid('The file is empty.');
  if (size > MAX_BYTES) throw invalid(`The file is larger than ${MAX_BYTES} bytes, the most that is indexed.`);
  return readBytes(await readFile(file), filename);
}

/** The text of a file that is in memory. @throws DocumentError with a reason for people */
export async function readBytes(bytes: Buffer, filename: string): Promise<Document> {
  const kind = await sniff(bytes, filename);
  if (kind !== 'text' && kind !== 'json' && bytes.length > documentLimits.maxParsedBytes)
    throw invalid(
      `The file is larger than ${documentLimits.maxParsedBytes} bytes, the most that is read of this kind.`,
    );
  const { text, pageStarts } = await parse(kind, bytes);
  if (text.trim() === '') throw invalid('The file holds no text.');
  if (text.length > documentLimits.maxTextLength) throw tooMuchText();
  return { text: toStorable(text), pageStarts };
}

/** A parser that breaks, or runs out of stack, says that the file is broken. */
async function parse(kind: DocumentKind, bytes: Buffer): Promise<Document> {
  try {
    return await readers[kind](bytes);
  } catch (error) {
    throw error instanceof DocumentError ? error : invalid('The file cannot be read.');
  }
}
