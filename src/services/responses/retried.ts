const WRITE_ATTEMPTS = 5;

/**
 * Writes, and writes again a little later if that failed. A database that restarts is back within seconds; an end that was not
 * written costs the user the whole answer.
 */
export async function retried<T>(
  write: () => Promise<T>,
  mayPass: (error: unknown) => boolean = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (attempt === WRITE_ATTEMPTS || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
