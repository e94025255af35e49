import { describe, expect, it } from '@jest/globals';
import type { ResponseWithOutput } from '../../src/domain/response.js';
import { endOf } from '../../src/graphql/wait.js';

/** A run that never ends by itself; tells whether the one who waits has left. */
function endless() {
  let left = false;
  return {
    started: {
      id: 'uuid',
      current: () => ({ status: 'in_progress' }) as ResponseWithOutput,
      settled: (signal?: AbortSignal) => {
        signal?.addEventListener('abort', () => {
          left = true;
        });
        return new Promise<ResponseWithOutput>(() => undefined);
      },
      transcript: () => [],
    },
    hasLeft: () => left,
  };
}

describe('waiting for a run', () => {
  it('gives the response as it stands when the wait has been long enough', async () => {
    const run = endless();
    await expect(endOf(run.started, new AbortController().signal, 5)).resolves.toEqual({ status: 'in_progress' });
    expect(run.hasLeft()).toBe(true);
  });

  it('ends when the client leaves, also if it left before the wait began', async () => {
    const client = new AbortController();
    const run = endless();
    const waiting = endOf(run.started, client.signal);
    client.abort();
    await expect(waiting).resolves.toEqual({ status: 'in_progress' });
    expect(run.hasLeft()).toBe(true);
    await expect(endOf(endless().started, client.signal)).resolves.toEqual({ status: 'in_progress' });
  });

  it('passes on how the run ended', async () => {
    const ended = { status: 'completed' } as ResponseWithOutput;
    const settled = { ...endless().started, settled: async () => ended };
    await expect(endOf(settled, new AbortController().signal)).resolves.toBe(ended);
    const refused = { ...endless().started, settled: () => Promise.reject(new Error('refused')) };
    await expect(endOf(refused, new AbortController().signal)).rejects.toThrow('refused');
  });
});
