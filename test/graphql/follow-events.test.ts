import { describe, expect, it } from '@jest/globals';
import type { ResponseEvent } from '../../src/domain/response-event.js';
import { EventFollower } from '../../src/graphql/events/follow-events.js';

const event = (sequenceNumber: number): ResponseEvent => ({ sequenceNumber, type: 'response.created', json: '{}' });

/** Two batches, then silence until it is stopped. */
function source() {
  const stop = new AbortController();
  const seen = { isOver: false, pulled: 0 };
  async function* batches(): AsyncGenerator<readonly ResponseEvent[]> {
    try {
      if (stop.signal.aborted) return;
      seen.pulled += 1;
      yield [event(0), event(1)];
      seen.pulled += 1;
      yield [event(2)];
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      seen.isOver = true;
    }
  }
  return { batches: batches(), stop: () => stop.abort(), seen };
}

describe('events one by one', () => {
  it('come in order, and nothing is pulled before it is asked for', async () => {
    const { batches, stop, seen } = source();
    let renewed = 0;
    const events = new EventFollower(batches, {
      abandon: stop,
      renewLoaders() {
        renewed += 1;
      },
    });
    expect(seen.pulled).toBe(0);
    expect((await events.next()).value).toEqual(event(0));
    expect((await events.next()).value).toEqual(event(1));
    expect(seen.pulled).toBe(1);
    expect((await events.next()).value).toEqual(event(2));
    expect(renewed).toBe(3);
    await events.return?.();
  });

  it('a reader that leaves while it waits ends the source at once', async () => {
    const { batches, stop, seen } = source();
    const events = new EventFollower(batches, { abandon: stop, renewLoaders: () => undefined });
    for (let n = 0; n < 3; n += 1) await events.next();
    const waiting = events.next();
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(seen.isOver).toBe(true);
  });

  it('a reader that leaves before it began lets the source clean up too', async () => {
    const { batches, stop, seen } = source();
    await new EventFollower(batches, { abandon: stop, renewLoaders: () => undefined }).return();
    expect(seen.isOver).toBe(true);
  });
});
