import type { Owner } from '../../domain/principal.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { Waiters } from './waiters.js';

/** What this process has in memory of the log of a run of its own: the newest stored events, and who waits for more. */
export class LiveLog {
  readonly projectId: string;
  readonly endUser: string | null;
  readonly responseId: string;
  readonly waiters = new Waiters();
  readonly #maxBytes: number;
  /** Oldest first; older ones are read from the database. */
  #tail: ResponseEvent[] = [];
  #bytes = 0;
  #stored: number;
  #isClosed = false;

  /**
   * @param stored number of the newest stored event, -1 for none
   * @param maxBytes of recent events that are kept
   */
  constructor({ projectId, endUser }: Owner, responseId: string, stored: number, maxBytes: number) {
    this.projectId = projectId;
    this.endUser = endUser;
    this.responseId = responseId;
    this.#stored = stored;
    this.#maxBytes = maxBytes;
  }

  /** Number of the newest stored event. */
  get stored(): number {
    return this.#stored;
  }

  /** No more events will come. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Shows stored events to followers. */
  show(events: readonly ResponseEvent[]): void {
    for (const event of events) {
      this.#tail.push(event);
      this.#bytes += event.json.length;
      this.#stored = event.sequenceNumber;
    }
    let drop = 0;
    while (this.#bytes > this.#maxBytes && drop < this.#tail.length - 1)
      this.#bytes -= this.#tail[drop++]?.json.length ?? 0;
    if (drop > 0) this.#tail = this.#tail.slice(drop);
    this.waiters.wake();
  }

  /**
   * The events after `cursor`, as many as that and as many bytes together but one at least; null if some of them are no longer,
   * or not yet, in memory.
   */
  after(cursor: number, most: number, maxBytes: number): readonly ResponseEvent[] | null {
    const oldest = this.#tail[0]?.sequenceNumber;
    if (oldest === undefined || cursor < oldest - 1) return null;
    const from = cursor - oldest + 1;
    return this.#tail.slice(from, this.#bytes <= maxBytes ? from + most : this.#endOf(from, most, maxBytes));
  }

  #endOf(from: number, most: number, maxBytes: number): number {
    let bytes = 0;
    let end = from;
    while (end < this.#tail.length && end < from + most) {
      bytes += this.#tail[end]?.json.length ?? 0;
      if (bytes > maxBytes && end > from) break;
      end += 1;
    }
    return end;
  }

  close(): void {
    this.#isClosed = true;
    this.waiters.wake();
  }
}
