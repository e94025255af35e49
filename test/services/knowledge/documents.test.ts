import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDocumentReader, type DocumentReader } from '../../../src/services/knowledge/ingest/document-reader.js';
import { docx, pdf, zip } from '../../support/documents.js';

const MIB = 1024 ** 2;

describe('documents', () => {
  let reader: DocumentReader;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'antiphon-documents-'));
    reader = createDocumentReader({ deadlineMs: 6_000, memoryMb: 400 });
  });
  afterAll(async () => {
    await reader.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (filename: string, bytes: Buffer | string, chunking = { maxTokens: 800, overlapTokens: 400 }) => {
    const file = path.join(folder, 'upload');
    writeFileSync(file, bytes);
    return reader.read({ file, filename, ...chunking }, async (document) => ({
      chunks: await document.chunks(0, document.chunkCount),
      windows: await document.windows(0, document.windowCount),
    }));
  };

  const sentence = 'The lighthouse keeper counts the ships that pass at night.';

  it.each<[name: string, bytes: Buffer | string]>([
    ['plain.txt', `${sentence}\nAnd again.`],
    ['read.me', `# Title\n\n${sentence}`],
    ['page.html', `<!doctype html><title>Ships</title><body><script>alert(1)</script><p>${sentence}</p></body>`],
    ['table.csv', `what,who\n"${sentence}",keeper\n`],
    ['data.json', JSON.stringify({ deep: [{ text: sentence }] })],
    ['code.py', `def keeper():\n    """${sentence}"""\n    return 1\n`],
    ['a.pdf', pdf(['Nothing here.', `Second page.\n${sentence}`])],
    ['a.docx', docx('Ships', [sentence])],
    ['utf16.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(sentence, 'utf16le')])],
    ['utf16-without-mark.txt', Buffer.from(sentence, 'utf16le')],
    ['utf8-with-mark.txt', `\ufeff${sentence}`],
    ['latin1.txt', Buffer.from(`${sentence} Grüße.`, 'latin1')],
    ['named-wrongly.bin', sentence],
    ['pdf-behind-junk.txt', Buffer.concat([Buffer.from('junk\n'), pdf([sentence])])],
  ])('of a kind that is supported give their text: %s', async (name, bytes) => {
    const { chunks, windows } = await read(name, bytes);
    expect(chunks.map(({ text }) => text).join('\n')).toContain(sentence);
    expect(windows.some(({ text }) => text.includes(sentence))).toBe(true);
    expect(chunks.map(({ text }) => text).join()).not.toContain('alert');
  });

  it('know the page of each chunk', async () => {
    const page = (n: number) =>
      Array.from({ length: 30 }, (_, line) => `Line ${line} of page ${n} says little.`).join('\n');
    const { chunks } = await read('a.pdf', pdf([page(1), page(2), page(3)]), { maxTokens: 100, overlapTokens: 0 });
    expect(chunks[0]).toMatchObject({ pageStart: 1, pageEnd: 1 });
    expect(chunks.at(-1)).toMatchObject({ pageStart: 3, pageEnd: 3 });
    for (const { text, pageStart, pageEnd } of chunks) {
      expect(text).toContain(`page ${pageStart}`);
      expect(text).toContain(`page ${pageEnd}`);
    }
  });

  const deep = (n: number, open: string, close: string) => open.repeat(n) + close.repeat(n);
  const lying = docx('x', ['x'], [{ name: 'word/big.xml', data: Buffer.alloc(200 * MIB), claimed: 10 }]);
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const png = Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d494844520000000100000001080600000000000000', 'hex'),
    randomBytes(64),
  ]);

  it.each<[what: string, name: string, bytes: Buffer | string, code: string, message: RegExp]>([
    ['nothing', 'empty.txt', '', 'invalid_file', /empty/],
    ['white space', 'blank.md', ' \n\t\r\n ', 'invalid_file', /no text/],
    ['random bytes', 'noise.txt', randomBytes(4096), 'unsupported_file', /binary/],
    ['zero bytes', 'zeros.txt', Buffer.alloc(4096), 'unsupported_file', /binary/],
    ['text full of control characters', 'bells.txt', '\u0007\u0001bell '.repeat(100), 'unsupported_file', /binary/],
    ['an image called text', 'a.txt', png, 'unsupported_file', /image\/png|binary/],
    ['a gzip archive', 'a.txt.gz', gzipSync(sentence), 'unsupported_file', /gzip/],
    ['a zip archive', 'a.zip', zip([{ name: 'a.txt', data: sentence }]), 'unsupported_file', /zip/],
    [
      'an encrypted zip',
      'b.zip',
      zip([{ name: 'a.txt', data: sentence, encrypted: true }]),
      'unsupported_file',
      /encrypted/,
    ],
    [
      'an ELF program',
      'tool',
      Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(64)]),
      'unsupported_file',
      /elf|executable|x-/,
    ],
    [
      'an old Office document',
      'a.doc',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2048)]),
      'unsupported_file',
      /Office/,
    ],
    ['an RTF document', 'a.rtf', '{\\rtf1 hello}', 'unsupported_file', /RTF/],
    [
      'a spreadsheet',
      'a.xlsx',
      zip([
        {
          name: '[Content_Types].xml',
          data: '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        },
        { name: 'xl/workbook.xml', data: '<workbook/>' },
      ]),
      'unsupported_file',
      /spreadsheet/,
    ],
    ['a scanned PDF', 'scan.pdf', pdf([''], {}), 'invalid_file', /scan/],
    ['an encrypted PDF', 'locked.pdf', pdf([sentence], { encrypted: true }), 'invalid_file', /encrypted/],
    ['half a PDF', 'half.pdf', Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog'), 'invalid_file', /damaged/],
    [
      'a PDF of garbage',
      'garbage.pdf',
      Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(8192)]),
      'invalid_file',
      /damaged/,
    ],
    ['a PDF without pages', 'none.pdf', pdf([]), 'invalid_file', /damaged|no text/],
    [
      'a PDF whose page unpacks to 600 MB',
      'bomb.pdf',
      pdf(['x'], { streams: [deflateSync(Buffer.alloc(600 * MIB, ' '))] }),
      'invalid_file',
      /memory|longer|no text|damaged/,
    ],
    ['half a Word document', 'half.docx', half(docx('Ships', [sentence.repeat(50)])), 'invalid_file', /zip|damaged/],
    [
      'a zip bomb called a Word document',
      'bomb.docx',
      docx('x', ['x'], [{ name: 'word/media/a.bin', data: Buffer.alloc(200 * MIB) }]),
      'invalid_file',
      /unpacked/,
    ],
    ['a zip bomb that lies about its size', 'lying.docx', lying, 'invalid_file', /unpacked/],
    [
      'an encrypted Word document',
      'locked.docx',
      docx('x', ['x'], [{ name: 'word/a.xml', data: 'x', encrypted: true }]),
      'invalid_file',
      /encrypted/,
    ],
    [
      'a Word document without XML',
      'broken.docx',
      docx('x', [], [], 'no xml < at all'),
      'invalid_file',
      /damaged|no text/,
    ],
    [
      'an XML bomb in a Word document',
      'laughs.docx',
      docx(
        'x',
        [],
        [],
        `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "${'ha'.repeat(50)}">${Array.from({ length: 12 }, (_, n) => `<!ENTITY ${'bcdefghijklmn'[n]} "${`&${'abcdefghijklm'[n]};`.repeat(10)}">`).join('')}]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&m;</w:t></w:r></w:p></w:body></w:document>`,
      ),
      'invalid_file',
      /./,
    ],
    [
      'a page nested 200,000 deep',
      'deep.html',
      `<!doctype html>${deep(200_000, '<div>', '</div>')}`,
      'invalid_file',
      /./,
    ],
    [
      'a page without words',
      'empty.html',
      '<!doctype html><html><body><img src="http://127.0.0.1:1/x"></body></html>',
      'invalid_file',
      /no text/,
    ],
    ['more text than is indexed', 'long.txt', 'a '.repeat(9 * MIB), 'invalid_file', /characters/],
  ])(
    'that are hostile or unsupported fail with a reason, and with themselves alone: %s',
    async (_what, name, bytes, code, message) => {
      await expect(read(name, bytes)).rejects.toMatchObject({
        name: 'DocumentError',
        code,
        message: expect.stringMatching(message),
      });
      expect((await read('after.txt', sentence)).chunks).toHaveLength(1);
    },
  );

  it.each<[what: string, text: string]>([
    ['one letter 300,000 times', 'a'.repeat(300_000)],
    ['special tokens of models', `<|endoftext|>${sentence}<|start|>`],
    ['NUL and half a surrogate pair', `${sentence.repeat(40)}\u0000`.repeat(6)],
    ['JSON nested 5,000 deep', `${'['.repeat(5000)}1${']'.repeat(5000)}`],
    ['one line of a megabyte', sentence.repeat(18_000)],
  ])('that are only odd are read all the same: %s', async (_what, text) => {
    const { chunks } = await read('odd.json', text);
    expect(chunks.length).toBeGreaterThan(0);
    for (const made of chunks) {
      expect(made.tokens).toBeLessThanOrEqual(800);
      expect(made.text).not.toContain('\u0000');
    }
  });
});
