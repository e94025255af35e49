/** What a beat is for. */
export interface Beating {
  beat(): void;
}

/** Groups that take turns, so that not every stream is written to in the same instant. */
const GROUPS = 4;

/**
 * The beat to which streams send what their models have said: one timer for all of them. A timer for each would wake the process
 * up for nearly every token, and waking up costs more than sending it. Under load beats come late, and events grow: that is
 * what slows the writing down before it slows the models down.
 */
export class DeltaBeat {
  readonly #pauseMs: number;
  readonly #groups: readonly Set<Beating>[] = Array.from({ length: GROUPS }, () => new Set<Beating>());
  #next = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param everyMs from one beat of a stream to its next; 0: every delta goes out by itself */
  constructor(everyMs: number) {
    this.#pauseMs = everyMs / GROUPS;
  }

  /** Has the stream's `beat` called from now on, until it is taken out of the set; null if deltas are not to be joined. */
  join(stream: Beating): Set<Beating> | null {
    if (this.#pauseMs === 0) return null;
    // The group whose turn is furthest off.
    const group = this.#groups[(this.#next + GROUPS - 1) % GROUPS] as Set<Beating>;
    group.add(stream);
    this.#timer ??= setTimeout(this.#beat, this.#pauseMs);
    return group;
  }

  readonly #beat = (): void => {
    const group = this.#groups[this.#next] as Set<Beating>;
    this.#next = (this.#next + 1) % GROUPS;
    for (const stream of group) stream.beat();
    this.#timer = this.#groups.some(({ size }) => size > 0) ? setTimeout(this.#beat, this.#pauseMs) : null;
  };
}
