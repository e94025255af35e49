import type { Signal } from '../domain/signal.js';

/**
 * A promise's result, or the signal's reason as soon as it is aborted, whatever the work does then. undici's requests, for one,
 * hear of an abort only once their connection stands.
 */
export async function untilAborted<T>(work: Promise<T>, signal: Signal): Promise<T> {
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
