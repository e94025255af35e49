/** Announces an event: its type, and its members as JSON without braces. */
export type EmitEvent = (type: string, members: string) => void;

/** Where a delta belongs: the event it becomes, without the delta itself. */
export interface DeltaChannel {
  type: string;
  /** The members in front of `delta`, printed, and the ones behind it with a leading comma. */
  at: string;
  tail: string;
}

/**
 * Joins deltas that follow one another closer than `coalesceMs` into one event. The first one of a quiet stream goes out at
 * once. Whoever emits anything else must flush first, so that the order holds.
 */
export function createDeltaCoalescer(emit: EmitEvent, coalesceMs: number) {
  let channel: DeltaChannel | null = null;
  let waiting = '';
  let logprobs: Record<string, unknown>[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === '' || channel === null) return;
    const delta = waiting;
    waiting = '';
    lastMs = performance.now();
    let { tail } = channel;
    if (logprobs.length > 0) {
      tail = `,"logprobs":${JSON.stringify(logprobs)}`;
      logprobs = [];
    }
    emit(channel.type, `${channel.at},"delta":${JSON.stringify(delta)}${tail}`);
  };

  return {
    /** Same channel object, same event. Probabilities of tokens take the place of the channel's tail. */
    push(to: DeltaChannel, delta: string, tokens: readonly Record<string, unknown>[] = []): void {
      if (to !== channel) flush();
      channel = to;
      waiting += delta;
      if (tokens.length > 0) logprobs.push(...tokens);
      const rest = lastMs + coalesceMs - performance.now();
      if (rest <= 0) flush();
      else timer ??= setTimeout(flush, rest);
    },

    flush,
  };
}

export type DeltaCoalescer = ReturnType<typeof createDeltaCoalescer>;
