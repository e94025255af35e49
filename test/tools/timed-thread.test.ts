import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { createTimedThread, type TimedThread } from '../../src/tools/timed-thread.js';

/** A thread that says back what it is told, and never ends when told `hang`. */
const startEcho = (timeoutMs: number): TimedThread<string, string> =>
  createTimedThread({ code: "() => (job) => { while (job === 'hang'); return job; }", timeoutMs });
let thread: TimedThread<string, string>;
afterEach(() => thread.close());

/** Holds up the thread that runs the tests. */
const hold = (milliseconds: number): void => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
};

it('a job that outlasts its time ends with its thread, and the next gets a new one', async () => {
  thread = startEcho(1000);
  expect(await Promise.all([thread.run('hang'), thread.run('next')])).toEqual(['too-long', 'next']);
});

it('a job that was done in time counts as done, however late this thread looks', async () => {
  thread = startEcho(200);
  await thread.run('start');
  // From here the loop comes to its timers before it comes to what the thread sent.
  await setImmediate();
  const quick = thread.run('quick');
  hold(600);
  expect(await quick).toBe('quick');
});

it('what waits when it is closed is told so', async () => {
  thread = startEcho(60_000);
  const waiting = [thread.run('hang'), thread.run('next')];
  await thread.close();
  expect(await Promise.all(waiting)).toEqual(['too-long', 'too-long']);
});
