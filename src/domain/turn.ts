/**
 * The turn of one reader among those who share a connection: what is large is brought into memory by one of them at a time, and
 * only once the connection has taken what was there before.
 */
export interface Turn {
  /** Before something large is read or made: null if that may be at once, or resolves when it may. Each is given back once. */
  take(): Promise<void> | null;
  /** What was read or made has been handed on. */
  give(): void;
}
