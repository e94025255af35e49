import { describe, expect, it } from '@jest/globals';
import type { FoundPage, WebQuery } from '../../../src/domain/web.js';
import { createLogger } from '../../../src/observability/logger.js';
import { type SearchEngine, SearchEngineError } from '../../../src/providers/web-search/engine.js';
import { createFailover } from '../../../src/services/web-search/failover.js';

const query: WebQuery = {
  query: 'x',
  limit: 1,
  textLength: 1,
  allowedDomains: [],
  blockedDomains: [],
  location: null,
  isOffline: false,
};
const signal = new AbortController().signal;

describe('several search engines', () => {
  const setUp = (count: number, timeoutMs = 1000) => {
    const asked: string[] = [];
    const behaviours: Record<string, (signal: AbortSignal) => Promise<FoundPage[]>> = {};
    let time = 1_000_000;
    const engines = Array.from({ length: count }, (_, n): SearchEngine => {
      const name = String.fromCharCode(97 + n);
      return {
        name,
        isOffline: name === 'c',
        search(_query, until) {
          asked.push(name);
          return behaviours[name]?.(until) ?? Promise.resolve([page(name)]);
        },
      };
    });
    const { search } = createFailover({ engines, timeoutMs, logger: createLogger('silent'), now: () => time });
    return {
      behaviours,
      pass: (ms: number) => {
        time += ms;
      },
      /** Who was asked, and who answered. */
      async ask(over: Partial<WebQuery> = {}) {
        asked.length = 0;
        const found = await search({ ...query, ...over }, signal).catch((error: { code: string }) => error.code);
        return [asked.join(''), typeof found === 'string' ? found : (found[0]?.title ?? 'nothing')];
      },
      search,
    };
  };
  const page = (title: string): FoundPage => ({ url: 'https://example.com/', title, text: '', publishedAt: null });
  const fail = () => Promise.reject(new SearchEngineError('failed'));

  it('are asked in order until one answers, and nothing found is an answer', async () => {
    const { ask, behaviours } = setUp(3);
    expect(await ask()).toEqual(['a', 'a']);
    behaviours.a = fail;
    expect(await ask()).toEqual(['ab', 'b']);
    behaviours.b = () => Promise.resolve([]);
    expect(await ask()).toEqual(['ab', 'nothing']);
    behaviours.b = () => Promise.reject(new TypeError('a fault of ours'));
    behaviours.c = fail;
    expect(await ask()).toEqual(['abc', 'search_failed']);
  });

  it('rest after three failures, are tried by one, and come back', async () => {
    const { ask, behaviours, pass } = setUp(2);
    behaviours.a = fail;
    for (let n = 0; n < 3; n += 1) expect(await ask()).toEqual(['ab', 'b']);
    expect(await ask()).toEqual(['b', 'b']);
    pass(30_000);
    // It fails again: one try is enough to let it rest.
    expect(await ask()).toEqual(['ab', 'b']);
    expect(await ask()).toEqual(['b', 'b']);
    pass(30_000);
    let answer: (pages: FoundPage[]) => void = () => undefined;
    behaviours.a = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const trying = ask();
    expect((await ask())[1]).toBe('b');
    answer([page('a')]);
    expect((await trying)[1]).toBe('a');
    delete behaviours.a;
    expect(await ask()).toEqual(['a', 'a']);
  });

  it('rest as long as they ask to', async () => {
    const { ask, behaviours, pass } = setUp(2);
    behaviours.a = () => Promise.reject(new SearchEngineError('answered 429', 5_000));
    expect(await ask()).toEqual(['ab', 'b']);
    expect(await ask()).toEqual(['b', 'b']);
    pass(5_000);
    expect(await ask()).toEqual(['ab', 'b']);
  });

  it('have a time limit, and a caller who leaves is no failure', async () => {
    const { ask, behaviours, search } = setUp(2, 20);
    behaviours.a = (until) =>
      new Promise((_resolve, reject) => until.addEventListener('abort', () => reject(until.reason)));
    expect(await ask()).toEqual(['ab', 'b']);
    for (let n = 0; n < 5; n += 1) {
      const controller = new AbortController();
      const asking = search(query, controller.signal);
      controller.abort(new Error('left'));
      await expect(asking).rejects.toThrow('left');
    }
    expect(await ask()).toEqual(['ab', 'b']);
  });

  it('are passed by without access to the web, but for those that need none', async () => {
    expect(await setUp(3).ask({ isOffline: true })).toEqual(['c', 'c']);
    expect(await setUp(2).ask({ isOffline: true })).toEqual(['', 'not_available_offline']);
  });
});
