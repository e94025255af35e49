import { type Document, documentLimits, invalid, tooMuchText, unsupported } from '../document.js';

/** Text has no use for control characters; a byte string full of them is not text. */
const MAX_CONTROL_SHARE = 0.001;
const NUL = '\u0000';

/** Plain text of any kind: UTF-8, UTF-16 with or without a byte order mark, else Windows-1252. @throws DocumentError */
export function readText(bytes: Buffer): Document {
  const text = decode(bytes);
  if (text.length > documentLimits.maxTextLength) throw tooMuchText();
  if (controlsIn(text) > text.length * MAX_CONTROL_SHARE) throw unsupported('The file is binary data, not text.');
  if (text.trim() === '') throw invalid('The file holds no text.');
  return { text, pageStarts: [] };
}

/** Characters that no text editor writes: tabs, line breaks, form feeds and escape sequences aside. */
function controlsIn(text: string): number {
  let controls = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if ((unit < 32 && (unit < 9 || unit > 13) && unit !== 27) || unit === 127) controls += 1;
  }
  return controls;
}

/** JSON; written in one line it is laid out, so that it can be cut between its members. */
export function readJson(bytes: Buffer): Document {
  const document = readText(bytes);
  if (document.text.includes('\n')) return document;
  try {
    const text = JSON.stringify(JSON.parse(document.text), null, 1);
    // Deep nesting is mostly indentation.
    return text.length > document.text.length * 2 ? document : { text, pageStarts: [] };
  } catch {
    return document;
  }
}

function decode(bytes: Buffer): string {
  const utf16 = utf16Of(bytes);
  if (utf16 !== null) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function utf16Of(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // Latin text in UTF-16 has a zero in every other byte, and on one side only.
  const sample = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > sample.length * 0.3 && even < sample.length * 0.02) return 'utf-16le';
  return even > sample.length * 0.3 && odd < sample.length * 0.02 ? 'utf-16be' : null;
}

/** What PostgreSQL cannot keep in text, replaced by as many units, so that offsets stay true. */
export const toStorable = (text: string): string => text.replaceAll(NUL, ' ').toWellFormed();
