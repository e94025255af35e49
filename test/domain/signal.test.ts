import { describe, expect, it, jest } from '@jest/globals';
import { LightSignal, type Signal } from '../../src/domain/signal.js';

/** The platform's own, to compare with. */
function platform(): { signal: Signal; abort(reason?: unknown): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
function light(): { signal: Signal; abort(reason?: unknown): void } {
  const signal = new LightSignal();
  return { signal, abort: (reason) => signal.abort(reason) };
}

describe.each([
  ['a light signal', light],
  ['the signal of the platform', platform],
])('%s', (_name, make) => {
  it('tells who listens, once, and not who has stopped listening', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    const first = (): void => void told.push('first');
    const second = (): void => void told.push('second');
    const fourth = (): void => void told.push('fourth');
    signal.addEventListener('abort', first, { once: true });
    signal.addEventListener('abort', second, { once: true });
    const third = (): void => {
      told.push('third');
      signal.removeEventListener('abort', fourth);
    };
    signal.addEventListener('abort', third, { once: true });
    signal.addEventListener('abort', fourth, { once: true });
    signal.addEventListener('abort', first, { once: true });
    signal.removeEventListener('abort', second);
    expect([signal.aborted, signal.reason, told]).toEqual([false, undefined, []]);
    expect(() => signal.throwIfAborted()).not.toThrow();
    abort('why');
    abort('again');
    signal.addEventListener('abort', () => void told.push('late'), { once: true });
    expect([signal.aborted, signal.reason, told]).toEqual([true, 'why', ['first', 'third']]);
    expect(() => signal.throwIfAborted()).toThrow('why');
  });

  it('has a reason of its own if it is given none', () => {
    const { signal, abort } = make();
    abort();
    expect(signal.reason).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
  });
});

describe('a light signal', () => {
  it('tells the others when one who listens fails, and tells of the failure afterwards', () => {
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
    const light = new LightSignal();
    let told = 0;
    light.addEventListener('abort', () => {
      throw new Error('cannot listen');
    });
    light.addEventListener('abort', () => {
      told += 1;
    });
    expect(() => light.abort()).not.toThrow();
    expect(told).toBe(1);
    const [[failure]] = later.mock.calls as [[() => void]];
    expect(failure).toThrow('cannot listen');
    later.mockRestore();
  });

  it.each(['before', 'after'])('makes one of the platform for who needs it, %s it aborts', (when) => {
    const light = new LightSignal();
    const made = when === 'before' ? light.signal : null;
    light.abort('why');
    const { signal } = light;
    expect([signal.aborted, signal.reason]).toEqual([true, 'why']);
    expect(signal).toBe(made ?? light.signal);
    expect(AbortSignal.any([signal]).aborted).toBe(true);
  });
});
