/** A power of two: each holds a few, however many runs a process has. */
const BUCKETS = 256;

/** Things that come and go with every request, found by their ids. Why no `Map`: roster.ts tells. */
export class IdTable<T extends { readonly id: string }> {
  readonly #buckets: readonly T[][] = Array.from({ length: BUCKETS }, () => []);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(id: string): T | undefined {
    return this.#bucketOf(id).find((item) => item.id === id);
  }

  /** Takes the place of another one with its id. */
  put(item: T): void {
    const bucket = this.#bucketOf(item.id);
    const at = bucket.findIndex(({ id }) => id === item.id);
    if (at !== -1) {
      bucket[at] = item;
      return;
    }
    bucket.push(item);
    this.#size += 1;
  }

  /** Nothing happens if it is not there, or if another one with its id is. */
  remove(item: T): void {
    const bucket = this.#bucketOf(item.id);
    const at = bucket.indexOf(item);
    if (at === -1) return;
    const last = bucket.pop() as T;
    if (last !== item) bucket[at] = last;
    this.#size -= 1;
  }

  /** All of them, in no order. */
  all(): T[] {
    return this.#buckets.flat();
  }

  /** By the end of the id, where ids differ. */
  #bucketOf(id: string): T[] {
    const end = id.length;
    const sum = id.charCodeAt(end - 1) + 7 * id.charCodeAt(end - 2) + 31 * id.charCodeAt(end - 3);
    return this.#buckets[sum & (BUCKETS - 1)] as T[];
  }
}
