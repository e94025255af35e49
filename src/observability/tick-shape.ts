import { createHook } from 'node:async_hooks';

/** One of what `process.nextTick` makes, kept for its shape. */
let kept: object | null = null;

/**
 * Keeps the shape of ticks alive. When V8 collects to reduce memory, as after loading and at rest, it forgets shapes of which no
 * object is left; `process.nextTick`, which made ticks of the old shape, then defines every member of every tick by a call into the
 * runtime, for as long as the process lives. Eight ticks are made for a request: together they cost more than parsing it.
 */
export function keepTickShape(): void {
  if (kept !== null) return;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TickObject') kept = resource;
    },
  });
  hook.enable();
  process.nextTick(() => undefined);
  hook.disable();
}
