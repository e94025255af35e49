import { getDocumentProxy } from 'unpdf';
import { type Document, DocumentError, documentLimits, invalid, tooMuchText } from '../document.js';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/** The text of a PDF, page by page. @throws DocumentError for encrypted, damaged and scanned ones */
export async function readPdf(bytes: Buffer): Promise<Document> {
  const pdf = await open(bytes);
  try {
    if (pdf.numPages > documentLimits.maxPages)
      throw invalid(`The PDF has more than ${documentLimits.maxPages} pages.`);
    const pageStarts: number[] = [];
    let text = '';
    for (let number = 1; number <= pdf.numPages; number += 1) {
      pageStarts.push(text.length);
      text += `${await readPage(pdf, number)}\n\n`;
      if (text.length > documentLimits.maxTextLength) throw tooMuchText();
    }
    if (text.trim() === '') throw invalid('The PDF holds no text; it looks like a scan, and scans are not recognised.');
    return { text, pageStarts };
  } catch (error) {
    throw error instanceof DocumentError ? error : damaged();
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function open(bytes: Buffer): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      disableFontFace: true,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException') throw invalid('The PDF is encrypted.');
    throw damaged();
  }
}

async function readPage(pdf: Pdf, number: number): Promise<string> {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  let text = '';
  for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '');
  page.cleanup();
  return text;
}

const damaged = () => invalid('The PDF is damaged.');
