import path from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { unsupported } from './document.js';
import { isEncryptedZip } from './zip.js';

export type DocumentKind = 'pdf' | 'docx' | 'html' | 'json' | 'text';

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** Containers that say more than "zip", named for people. */
const NAMES: Record<string, string> = {
  cfb: 'an old or an encrypted Office document',
  xlsx: 'a spreadsheet (XLSX)',
  pptx: 'a presentation (PPTX)',
  odt: 'an OpenDocument text',
  ods: 'an OpenDocument spreadsheet',
  odp: 'an OpenDocument presentation',
  epub: 'an EPUB book',
  rtf: 'an RTF document',
};

/**
 * What a file is, told by its bytes; its name only tells kinds of text apart.
 *
 * @throws DocumentError `unsupported_file` naming what it is
 */
export async function sniff(bytes: Buffer, filename: string): Promise<DocumentKind> {
  // Readers of PDF accept a header anywhere in the first kilobyte, so bytes in front of it do not hide one.
  if (bytes.subarray(0, 1024).includes('%PDF-')) return 'pdf';
  const type = await fileTypeFromBuffer(bytes);
  if (type !== undefined) {
    if (type.mime === DOCX) return 'docx';
    if (type.ext === 'zip' && isEncryptedZip(bytes)) throw unsupported('The file is an encrypted archive.');
    const isText = type.mime.startsWith('text/') || /\b(xml|json|javascript)\b/.test(type.mime);
    if (!isText || type.ext === ('rtf' as string))
      throw unsupported(`The file is ${NAMES[type.ext] ?? `of type ${type.mime}`}, which cannot be indexed.`);
  }
  if (bytes.subarray(0, 5).toString('latin1') === '{\\rtf')
    throw unsupported(`The file is ${NAMES.rtf}, which cannot be indexed.`);
  const start = bytes.subarray(0, 1024).toString('latin1').trimStart().toLowerCase();
  const extension = path.extname(filename).toLowerCase();
  if (/^(<!doctype html|<html[\s>])/.test(start)) return 'html';
  if (['.html', '.htm', '.xhtml'].includes(extension)) return 'html';
  return extension === '.json' ? 'json' : 'text';
}
