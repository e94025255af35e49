import { createThreadInTurns } from '../../thread-in-turns.js';
import { DocumentError, invalid } from './document.js';
import type { OpenMessage, ReadChunk, ReadWindow, Reply, Request } from './reading-worker.js';

/** A file that has been read and cut; its parts are fetched in slices, so that no message is large. */
export interface OpenDocument {
  chunkCount: number;
  windowCount: number;
  tokens: number;
  chunks(from: number, to: number): Promise<ReadChunk[]>;
  windows(from: number, to: number): Promise<ReadWindow[]>;
}

export interface DocumentReader {
  /**
   * Reads a file and lets `use` fetch its parts. One file at a time; others wait.
   *
   * @throws DocumentError when the file cannot be indexed, whatever the reason; Error when the server is at fault
   */
  read<Result>(file: Omit<OpenMessage, 'type'>, use: (document: OpenDocument) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface DocumentReaderOptions {
  /** Longest time that reading and cutting one file may take. Default 120,000. */
  deadlineMs?: number;
  /** Memory a file may take, in MiB: half of it JavaScript's own, all of it with buffers. Default 1024. */
  memoryMb?: number;
  /** The thread and its tokenizer (about 100 MB) end after this long without work. Default 30,000. */
  idleMs?: number;
}

/** Reads documents in a thread of their own; one that breaks, hangs or eats memory ends with its file alone. */
export function createDocumentReader(options: DocumentReaderOptions = {}): DocumentReader {
  const deadlineMs = options.deadlineMs ?? 120_000;
  const thread = createThreadInTurns<Request, Reply>({
    url: (extension) => new URL(`./reading-worker${extension}`, import.meta.url),
    memoryMb: options.memoryMb ?? 1024,
    idleMs: options.idleMs ?? 30_000,
    task: 'Reading a document',
    tooBig: () => invalid('The file takes more memory to read than is allowed.'),
    tooSlow: () => invalid(`The file takes longer than ${deadlineMs / 1000} s to read.`),
    closed: () => new Error('The document reader was closed.'),
  });

  return {
    read: (file, use) =>
      thread.use(async (worker) => {
        const opened = expecting(await worker.ask({ type: 'open', ...file }, deadlineMs), 'opened');
        return use({
          chunkCount: opened.chunks,
          windowCount: opened.windows,
          tokens: opened.tokens,
          chunks: async (from, to) =>
            expecting(await worker.ask({ type: 'chunks', from, to }, deadlineMs), 'chunks').chunks,
          windows: async (from, to) =>
            expecting(await worker.ask({ type: 'windows', from, to }, deadlineMs), 'windows').windows,
        });
      }),
    close: () => thread.close(),
  };
}

function expecting<Type extends Reply['type']>(reply: Reply, type: Type): Extract<Reply, { type: Type }> {
  if (reply.type === type) return reply as Extract<Reply, { type: Type }>;
  if (reply.type === 'refused') throw new DocumentError(reply.code, reply.message);
  throw new Error(`Reading a document failed (${reply.type === 'failed' ? reply.reason : reply.type}).`);
}
