import type { StreamPlace } from './rate-lease.js';

/** Events for a reader that has a place while it reads. */
export async function* placed<Batch>(batches: AsyncGenerator<Batch>, place: StreamPlace): AsyncGenerator<Batch> {
  try {
    yield* batches;
  } finally {
    place.leave();
  }
}
