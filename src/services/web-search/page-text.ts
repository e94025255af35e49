import { WebError } from '../../domain/web.js';
import { createThreadInTurns } from '../thread-in-turns.js';
import type { PageReply, PageRequest } from './page-worker.js';

/** Turns the bytes of pages into readable text, beside the event loop. */
export interface PageText {
  /** @throws WebError for what cannot be read, in time or at all */
  read(page: PageRequest): Promise<{ title: string; text: string }>;
  close(): Promise<void>;
}

const MEMORY_MB = 512;
/** For one page. */
const DEADLINE_MS = 10_000;
/** The thread ends after this long without work. */
const IDLE_MS = 60_000;
/** Pages that may wait for the one thread. */
const MAX_WAITING = 32;

const unreadable = (message: string): WebError => new WebError('unreadable_page', message);

export function createPageText(): PageText {
  const thread = createThreadInTurns<PageRequest, PageReply>({
    url: (extension) => new URL(`./page-worker${extension}`, import.meta.url),
    memoryMb: MEMORY_MB,
    idleMs: IDLE_MS,
    task: 'Reading a page',
    tooBig: () => unreadable('The page takes more memory to read than is allowed.'),
    tooSlow: () => unreadable('The page takes too long to read.'),
    closed: () => unreadable('The server is stopping.'),
  });
  let waiting = 0;

  return {
    async read(page) {
      if (waiting >= MAX_WAITING) throw new WebError('busy', 'Too many pages are being read. Try again later.');
      waiting += 1;
      try {
        const reply = await thread.use((worker) => worker.ask(page, DEADLINE_MS));
        if (reply.type === 'read') return { title: reply.title, text: reply.text };
        // The reader speaks of files.
        throw unreadable(
          reply.type === 'refused' ? reply.message.replace(/^The file/, 'The page') : 'The page cannot be read.',
        );
      } finally {
        waiting -= 1;
      }
    },
    close: () => thread.close(),
  };
}
