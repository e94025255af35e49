import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';
import { type Document, invalid } from '../document.js';
import { readText } from './text.js';

const NOT_CONTENT = ['script', 'style', 'noscript', 'iframe', 'template', 'svg', 'nav', 'title'] as const;

/** A page as Markdown: its article if it has one, else all of it. Nothing it refers to is fetched. @throws DocumentError */
export function readHtml(bytes: Buffer): Document {
  const { text: html } = readText(bytes);
  const { document } = parseHTML(html);
  if (document.documentElement === null) throw invalid('The page is empty.');
  const title = document.title.trim();
  // Readability changes the document it reads.
  const article = new Readability(document.cloneNode(true) as never).parse();
  const body = article?.content || document.body?.innerHTML || html;
  const heading = title === '' ? '' : `# ${title}\n\n`;
  return { text: heading + toMarkdown(body), pageStarts: [] };
}

/** HTML as Markdown text, without images and scripts. */
export function toMarkdown(html: string): string {
  const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  // Text is quoted to people; backslashes in it would be taken for the author's.
  turndown.escape = (text) => text;
  turndown.addRule('images', { filter: 'img', replacement: () => '' });
  turndown.remove([...NOT_CONTENT] as never);
  return turndown.turndown(html);
}
