/** How far the answers of an upstream may go: one that has written so many pieces waits until it is let further. */
export interface Leash {
  /** Lets every answer, present and future, go on until it has written so many pieces. */
  let(pieces: number): void;
  /** For `Behaviour.beforePiece`. */
  hold(index: number): Promise<void>;
}

export function createLeash(): Leash {
  let length = Number.POSITIVE_INFINITY;
  let waiting: (() => void)[] = [];
  return {
    let(pieces) {
      length = pieces;
      const released = waiting;
      waiting = [];
      for (const release of released) release();
    },
    async hold(index) {
      while (index >= length) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
