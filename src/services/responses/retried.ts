const WRITE_ATTEMPTS = 5;

/**
 * Writes, and writes again a little later if that failed. A database that restarts is back within seconds; an end that was not
 * written costs the user the whole answer. A write that succeeds at once costs a promise and no more.
 */
export const retried = <T>(write: () => Promise<T>, mayPass: (error: unknown) => boolean = () => true): Promise<T> =>
  write().catch((error: unknown) => again(error, write, mayPass));

/** The same for a write that was tried elsewhere and failed. @param first with what */
export async function again<T>(
  first: unknown,
  write: () => Promise<T>,
  mayPass: (error: unknown) => boolean = () => true,
): Promise<T> {
  let error = first;
  for (let attempt = 1; attempt < WRITE_ATTEMPTS && mayPass(error); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    try {
      return await write();
    } catch (thrown) {
      error = thrown;
    }
  }
  throw error;
}
