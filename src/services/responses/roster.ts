/**
 * One of those who have come and not left.
 *
 * What comes and goes with every request is kept neither in a `Map` nor in a `Set`: V8 ties each table that they outgrow to the next
 * one, so that a table that has grown old keeps all later ones, with whoever was in them, until the old generation is collected.
 */
export class Place<T> {
  item: T | null;
  previous: Place<T> | null;
  next: Place<T> | null = null;

  constructor(item: T, previous: Place<T> | null) {
    this.item = item;
    this.previous = previous;
  }
}

/** Those who have come and not left, in the order in which they came. */
export class Roster<T> {
  #first: Place<T> | null = null;
  #last: Place<T> | null = null;

  /** Whoever came before all others; null if nobody is there. */
  get first(): Place<T> | null {
    return this.#first;
  }

  /** What it answers is what the item leaves by. */
  enter(item: T): Place<T> {
    const place = new Place(item, this.#last);
    if (this.#last === null) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    return place;
  }

  /** The place points to nobody afterwards; leaving again changes nothing. */
  leave(place: Place<T>): void {
    if (place.item === null) return;
    const { previous, next } = place;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    place.item = null;
    place.previous = null;
    place.next = null;
  }
}
