import type { Beating, DeltaBeat } from './delta-beat.js';

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
 * Joins deltas between two beats into one event. The first one of a quiet stream goes out at once. Whoever emits anything else
 * must flush first, so that the order holds.
 */
export class DeltaCoalescer implements Beating {
  readonly #emit: EmitEvent;
  readonly #beat: DeltaBeat;
  #channel: DeltaChannel | null = null;
  #waiting = '';
  #logprobs: Record<string, unknown>[] | null = null;
  /** The beat this listens to while deltas come, null while it is quiet. */
  #joined: Set<Beating> | null = null;

  constructor(emit: EmitEvent, beat: DeltaBeat) {
    this.#emit = emit;
    this.#beat = beat;
  }

  /** Same channel object, same event. Probabilities of tokens take the place of the channel's tail. */
  push(to: DeltaChannel, delta: string, tokens: readonly Record<string, unknown>[]): void {
    if (to !== this.#channel) this.flush();
    this.#channel = to;
    this.#waiting += delta;
    if (tokens.length > 0) {
      this.#logprobs ??= [];
      this.#logprobs.push(...tokens);
    }
    if (this.#joined !== null) return;
    this.#joined = this.#beat.join(this);
    this.flush();
  }

  flush(): void {
    const channel = this.#channel;
    const delta = this.#waiting;
    if (delta === '' || channel === null) return;
    this.#waiting = '';
    let { tail } = channel;
    if (this.#logprobs !== null) {
      tail = `,"logprobs":${JSON.stringify(this.#logprobs)}`;
      this.#logprobs = null;
    }
    this.#emit(channel.type, `${channel.at},"delta":${JSON.stringify(delta)}${tail}`);
  }

  /** Emits what has gathered since the last beat; after one without anything the stream is quiet. */
  beat(): void {
    if (this.#waiting === '') this.#leave();
    else this.flush();
  }

  /** Emits what waits; nothing may be pushed afterwards. */
  end(): void {
    this.flush();
    this.#leave();
  }

  #leave(): void {
    this.#joined?.delete(this);
    this.#joined = null;
  }
}
