import { trimmed } from './chunker.js';
import { unitsOf } from './units.js';

/** One to three sentences of a document: what is embedded. A chunk is as near to a question as its nearest window. */
export interface Window {
  start: number;
  end: number;
}

/** Characters; measured: longer texts blur what a sentence says. */
const TARGET = 300;

/** Cuts a text into windows, each piece of it into one: chunks that overlap share their windows. */
export function windowsOf(text: string): Window[] {
  const windows: Window[] = [];
  let start = -1;
  let end = 0;
  const close = (): void => {
    if (start === -1) return;
    const [from, to] = trimmed(text, start, end);
    // Rules and ornaments have no meaning to embed.
    if (/[\p{L}\p{N}]/u.test(text.slice(from, to))) windows.push({ start: from, end: to });
    start = -1;
  };
  for (const unit of unitsOf(text)) {
    if (start !== -1 && (unit.end - start > TARGET || unit.isHeading)) close();
    if (start === -1) start = unit.start;
    end = unit.end;
  }
  close();
  return windows;
}
