import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A thread that answers one request after the other and says when it is ready to. */
export interface WorkerThread<Request, Reply> {
  /** @throws Error when the thread breaks, or runs out of memory or time: it is dead then */
  ask(request: Request, deadlineMs: number): Promise<Reply>;
  end(reason: Error): Promise<void>;
  isDead(): boolean;
}

export interface WorkerThreadOptions {
  /** Where the thread's code is, by the extension it has: `.js` when compiled, `.ts` as source. */
  url(extension: '.js' | '.ts'): URL;
  /** Memory in MiB: half of it JavaScript's own, all of it with buffers. */
  memoryMb: number;
  /** What it does, for errors: "Reading a document". */
  task: string;
  tooBig(): Error;
  tooSlow(deadlineMs: number): Error;
}

const WATCH_MS = 250;
const MIB = 1024 ** 2;

/** Code that runs as source needs the loader of sources in its threads too. */
const isSource = import.meta.url.endsWith('.ts');
const execArgv = isSource
  ? [
      '--import',
      pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      '--disable-warning=ExperimentalWarning',
    ]
  : [];

/** Starts a thread for work on what strangers sent. What breaks, hangs or eats memory in it ends with it alone. */
export async function startWorkerThread<Request, Reply>(
  options: WorkerThreadOptions,
): Promise<WorkerThread<Request, Reply>> {
  const { memoryMb, task, tooBig, tooSlow } = options;
  const worker = new Worker(options.url(isSource ? '.ts' : '.js'), {
    execArgv,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb / 2, maxYoungGenerationSizeMb: 64 },
  });
  // Parsers chat; nobody reads it, and it may hold words of the document.
  worker.stdout.resume();
  worker.stderr.resume();
  let dead: Error | null = null;
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | null = null;
  const die = (error: Error): void => {
    dead ??= error;
    waiting?.reject(dead);
    waiting = null;
  };
  worker.on('message', (reply: Reply) => {
    waiting?.resolve(reply);
    waiting = null;
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    die(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooBig() : new Error(`${task} broke (${error.name}).`)),
  );
  worker.on('exit', () => die(new Error(`${task} has ended.`)));

  const nextReply = (): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (dead !== null) reject(dead);
      else waiting = { resolve, reject };
    });
  const end = async (reason: Error): Promise<void> => {
    die(reason);
    await worker.terminate();
  };
  /** Buffers do not count against the thread's own limit, so it is watched from outside. */
  const watch = async (): Promise<void> => {
    const heap = await worker.getHeapStatistics().catch(() => null);
    if (heap !== null && heap.used_heap_size + heap.external_memory > memoryMb * MIB) await end(tooBig());
  };

  const ready = nextReply();
  const thread: WorkerThread<Request, Reply> = {
    isDead: () => dead !== null,
    end,
    async ask(request, deadlineMs) {
      const reply = nextReply();
      worker.ref();
      worker.postMessage(request);
      const deadline = setTimeout(() => void end(tooSlow(deadlineMs)), deadlineMs);
      const watching = setInterval(() => void watch(), WATCH_MS);
      try {
        return await reply;
      } finally {
        clearTimeout(deadline);
        clearInterval(watching);
        worker.unref();
      }
    },
  };
  await ready;
  worker.unref();
  return thread;
}
