import type { FoundPage } from '../../domain/web.js';

const MAX_URL = 2048;
const MAX_TITLE = 300;
/** Characters kept of one page; what reaches a model is less. */
const MAX_TEXT = 32_768;

/** A result as an engine has it. Members may be anything: engines are not trusted to keep to their documentation. */
export interface RawResult {
  url: unknown;
  title: unknown;
  text: unknown;
  publishedAt?: unknown;
}

/** The results that are pages of the web, tidied: plain text, bounded, each page once. */
export function toFoundPages(results: readonly RawResult[]): FoundPage[] {
  const pages = new Map<string, FoundPage>();
  for (const { url, title, text, publishedAt } of results) {
    if (typeof url !== 'string' || url.length > MAX_URL || !isWeb(url) || pages.has(url)) continue;
    pages.set(url, {
      url,
      title: plainText(title).replaceAll(/\s+/g, ' ').slice(0, MAX_TITLE) || url,
      text: plainText(text).slice(0, MAX_TEXT),
      publishedAt: typeof publishedAt === 'string' && publishedAt !== '' ? publishedAt.slice(0, 64) : null,
    });
  }
  return [...pages.values()];
}

function isWeb(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text in which engines have marked the words that were searched for. */
function plainText(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value
    .replaceAll(/<\/?(?:b|i|em|strong|mark|br|p|span)(?:\s[^<>]{0,200})?\/?>/gi, '')
    .replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .toWellFormed()
    .trim();
}
