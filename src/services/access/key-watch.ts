import { toGatewayError } from '../../domain/errors.js';

export interface KeyWatchOptions {
  /** @throws 401 for a key that has ended */
  authenticate(authorization: string | undefined): Promise<unknown>;
  onError(error: unknown): void;
  /** How often keys are looked at without any news: some end by themselves, at their time. Default 15 s. */
  sweepMs?: number;
}

export type KeyWatch = ReturnType<typeof createKeyWatch>;

/**
 * Keys of what lasts: sockets and streams that were opened with a key end with it. Costs one look at each key, however many
 * streams it has.
 */
export function createKeyWatch(options: KeyWatchOptions) {
  const watched = new Map<string, { keyId: string; ends: Set<() => void> }>();
  let timer: NodeJS.Timeout | null = null;

  const look = async (authorization: string): Promise<void> => {
    try {
      await options.authenticate(authorization);
    } catch (error) {
      // A database that cannot be asked revokes nothing.
      if (toGatewayError(error).status !== 401) return options.onError(error);
      const ended = watched.get(authorization)?.ends ?? [];
      watched.delete(authorization);
      for (const end of ended) end();
    }
  };
  /** One after the other: a sweep is in no hurry, and the database has other work. */
  const check = async (keyId: string | null): Promise<void> => {
    for (const [authorization, watch] of [...watched])
      if (keyId === null || watch.keyId === keyId) await look(authorization);
  };

  return {
    /** Calls `onEnded` once when the key is revoked or expires, unless the returned function was called before. */
    watch(key: { keyId: string; authorization: string }, onEnded: () => void): () => void {
      // An object of its own: the same function may be watching twice.
      const end = (): void => onEnded();
      const watch = watched.get(key.authorization) ?? { keyId: key.keyId, ends: new Set() };
      watched.set(key.authorization, watch);
      watch.ends.add(end);
      timer ??= setInterval(() => void check(null), options.sweepMs ?? 15_000).unref();
      return () => {
        watch.ends.delete(end);
        if (watch.ends.size === 0 && watched.get(key.authorization) === watch) watched.delete(key.authorization);
      };
    },

    /** Something about this key has changed; null: about any. */
    check,

    /** Keys with something that lasts. */
    get size(): number {
      return watched.size;
    },

    close(): void {
      if (timer !== null) clearInterval(timer);
      watched.clear();
    },
  };
}
