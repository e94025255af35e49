import mammoth from 'mammoth';
import { type Document, invalid } from '../document.js';
import { checkZip } from '../zip.js';
import { toMarkdown } from './html.js';

/** A Word document as Markdown, with its headings. @throws DocumentError */
export async function readDocx(bytes: Buffer): Promise<Document> {
  checkZip(bytes);
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: bytes },
      { convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })), externalFileAccess: false },
    );
    return { text: toMarkdown(value), pageStarts: [] };
  } catch {
    throw invalid('The Word document is damaged.');
  }
}
