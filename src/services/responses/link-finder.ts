import type { UrlCitation } from '../../domain/content.js';

/** Finds the links to known pages in a text that grows. */
export interface LinkFinder {
  /** Pages found by a tool. Further ones are taken up to a bound. */
  know(sources: readonly { url: string; title: string }[]): void;
  /** Citations for the links that the last `added` characters of a text have completed. */
  find(text: string, added: number): UrlCitation[];
}

const MAX_KNOWN = 10_000;
/** A link that is longer is not looked for. */
const MAX_LINK = 3000;
/** Text of a link, then its address, maybe in angle brackets or with a title. */
const LINK =
  /\[([^[\]\n]{1,500})\]\(<?([a-z][a-z+.-]{1,20}:[^\s<>()]{1,2048}(?:\([^\s<>()]{0,256}\)[^\s<>()]{0,1024})?)>?(?: "[^"\n]{0,200}")?\)/gi;

/** A page's address as it is compared: models leave slashes and fragments off. */
function keyOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}${search}`;
}

/** Citations say where the link stands, brackets included, in UTF-16 units (content parts and annotations section). */
export function createLinkFinder(): LinkFinder {
  const known = new Map<string, { url: string; title: string }>();
  return {
    know(sources) {
      for (const { url, title } of sources) {
        if (known.size >= MAX_KNOWN) return;
        known.set(keyOf(url), { url, title });
      }
    },
    find(text, added) {
      const newFrom = text.length - added;
      // A link ends with a bracket: without a new one there is no new link.
      if (text.indexOf(')', newFrom) === -1) return [];
      const from = Math.max(0, newFrom - MAX_LINK);
      const citations: UrlCitation[] = [];
      for (const match of text.slice(from).matchAll(LINK)) {
        const start = from + match.index;
        const end = start + match[0].length;
        const page = known.get(keyOf(match[2] ?? ''));
        if (end <= newFrom || page === undefined) continue;
        citations.push({ type: 'url_citation', url: page.url, title: page.title, start_index: start, end_index: end });
      }
      return citations;
    },
  };
}
