import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FoundPage, WebPage, WebQuery } from '../../domain/web.js';
import { untilAborted } from '../until-aborted.js';
import type { SearchEngine } from './engine.js';
import { createPassageIndex, type PassageIndex } from './passage-index.js';

export interface LocalCorpusOptions {
  /** Folder of documents, searched with those below it. */
  folder: string;
  /** Stands for the folder in the addresses of its documents; ends with a slash. */
  baseUrl: string;
  /** The readable text of a document. @throws for one that cannot be read */
  read(bytes: Buffer, filename: string): Promise<{ title: string; text: string }>;
  /** Told of documents that are left out. */
  onSkipped(file: string, reason: unknown): void;
  now(): number;
}

const KINDS = new Set(['.md', '.txt', '.html', '.htm', '.json', '.csv', '.pdf', '.docx']);
const MAX_FILES = 5000;
const MAX_FILE_BYTES = 8 << 20;
/** Characters kept of a document, and of all of them. */
const MAX_TEXT = 1 << 20;
const MAX_TOTAL_TEXT = 64 << 20;
/** How long the folder is taken to be as it was. */
const FRESH_MS = 10_000;

interface CorpusFile {
  path: string;
  /** Changes when the file does. */
  version: string;
}
interface Corpus {
  version: string;
  pages: Map<string, WebPage>;
  index: PassageIndex<WebPage>;
}

/** A folder of documents in place of the web: for places without one, for demonstrations and for tests. */
export function createLocalCorpus({ folder, baseUrl, read, onSkipped, now }: LocalCorpusOptions): SearchEngine {
  /** Documents that were read before, by version: only changed ones are read again. */
  const known = new Map<string, { version: string; page: WebPage | null }>();
  let corpus: Corpus | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<Corpus> | null = null;

  const urlOf = (file: string): string => {
    const relative = path.relative(folder, file).split(path.sep).map(encodeURIComponent).join('/');
    return `${baseUrl}${relative}`;
  };

  const readPage = async (file: CorpusFile): Promise<WebPage | null> => {
    const before = known.get(file.path);
    if (before?.version === file.version) return before.page;
    const page = await readFile(file.path)
      .then((bytes) => read(bytes, path.basename(file.path)))
      .then(({ title, text }) => ({
        url: urlOf(file.path),
        title: title || path.basename(file.path),
        text: text.slice(0, MAX_TEXT),
      }))
      .catch((reason: unknown) => {
        onSkipped(file.path, reason);
        return null;
      });
    known.set(file.path, { version: file.version, page });
    return page;
  };

  const load = async (): Promise<Corpus> => {
    const files = await filesIn(folder);
    const version = files.map((file) => `${file.path} ${file.version}`).join('\n');
    if (corpus?.version === version) return corpus;
    const pages = new Map<string, WebPage>();
    const index = createPassageIndex<WebPage>();
    let length = 0;
    for (const file of files) {
      const page = await readPage(file);
      if (page === null) continue;
      length += page.text.length;
      if (length > MAX_TOTAL_TEXT) {
        onSkipped(file.path, new Error('The corpus is too large.'));
        break;
      }
      pages.set(page.url, page);
      index.add(page, page.text);
    }
    const present = new Set(files.map((file) => file.path));
    for (const file of known.keys()) if (!present.has(file)) known.delete(file);
    corpus = { version, pages, index };
    return corpus;
  };

  const current = async (): Promise<Corpus> => {
    if (corpus !== null && now() - checkedAt < FRESH_MS) return corpus;
    loading ??= load().finally(() => {
      checkedAt = now();
      loading = null;
    });
    return loading;
  };

  return {
    name: 'local-corpus',
    isOffline: true,
    async search({ query, limit, textLength }: WebQuery, signal) {
      // Reading goes on for those who ask next.
      const { index } = await untilAborted(current(), signal);
      return index
        .search(query, limit, textLength)
        .map(({ value, text }): FoundPage => ({ url: value.url, title: value.title, text, publishedAt: null }));
    },
    async open(url) {
      if (!url.startsWith(baseUrl)) return null;
      return (await current()).pages.get(url) ?? null;
    },
  };
}

/** Documents of a folder and below, in the order of their names; links are not followed. */
async function filesIn(folder: string): Promise<CorpusFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(
      (entry) => entry.isFile() && !entry.name.startsWith('.') && KINDS.has(path.extname(entry.name).toLowerCase()),
    )
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .slice(0, MAX_FILES);
  const files: CorpusFile[] = [];
  for (const file of paths) {
    // It may have gone since.
    const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
    if (size > 0 && size <= MAX_FILE_BYTES) files.push({ path: file, version: `${size} ${mtimeMs}` });
  }
  return files;
}
