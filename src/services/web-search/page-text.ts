import { WebError } from '../../domain/web.js';
import { startWorkerThread, type WorkerThread } from '../worker-thread.js';
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
  let thread: Promise<WorkerThread<PageRequest, PageReply>> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let idle: NodeJS.Timeout | undefined;
  let isClosed = false;

  const aliveThread = async (): Promise<WorkerThread<PageRequest, PageReply>> => {
    if (isClosed) throw unreadable('The server is stopping.');
    if (thread !== null && (await thread.catch(() => null))?.isDead() !== false) thread = null;
    thread ??= startWorkerThread({
      url: (extension) => new URL(`./page-worker${extension}`, import.meta.url),
      memoryMb: MEMORY_MB,
      task: 'Reading a page',
      tooBig: () => unreadable('The page takes more memory to read than is allowed.'),
      tooSlow: () => unreadable('The page takes too long to read.'),
    });
    return thread;
  };

  const endThread = async (): Promise<void> => {
    const ending = thread;
    thread = null;
    await (await ending?.catch(() => null))?.end(unreadable('The server is stopping.'));
  };

  const readNow = async (page: PageRequest): Promise<{ title: string; text: string }> => {
    clearTimeout(idle);
    try {
      const reply = await (await aliveThread()).ask(page, DEADLINE_MS);
      if (reply.type === 'read') return { title: reply.title, text: reply.text };
      // The reader speaks of files.
      throw unreadable(
        reply.type === 'refused' ? reply.message.replace(/^The file/, 'The page') : 'The page cannot be read.',
      );
    } finally {
      idle = setTimeout(() => void endThread(), IDLE_MS);
      idle.unref();
    }
  };

  return {
    async read(page) {
      if (waiting >= MAX_WAITING) throw new WebError('busy', 'Too many pages are being read. Try again later.');
      waiting += 1;
      const turn = last.then(() => readNow(page));
      last = turn.catch(() => undefined);
      return turn.finally(() => {
        waiting -= 1;
      });
    },
    async close() {
      isClosed = true;
      clearTimeout(idle);
      await endThread();
    },
  };
}
