import type { Logger } from '../../observability/logger.js';
import type { ApiKeyRepository } from '../../persistence/repositories/api-key.repository.js';

const FLUSH_MS = 30_000;
/** Keys that are remembered between two writes; of more, some uses go unnoted. */
const MAX_NOTED = 50_000;

export type KeyUses = ReturnType<typeof createKeyUses>;

/** When keys were last used: noted in memory, written together now and then, so that no request waits for it. */
export function createKeyUses({ keys, logger }: { keys: ApiKeyRepository; logger: Logger }) {
  let noted = new Map<string, { projectId: string; keyId: string; atMs: number }>();

  const flush = async (): Promise<void> => {
    if (noted.size === 0) return;
    const uses = [...noted.values()];
    noted = new Map();
    await keys.markUsed(uses).catch((err: unknown) => logger.warn({ err }, 'the last use of keys was not noted'));
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();

  return {
    note({ projectId, keyId }: { projectId: string; keyId: string }, atMs: number): void {
      if (noted.size < MAX_NOTED) noted.set(keyId, { projectId, keyId, atMs });
    },
    flush,
    async close(): Promise<void> {
      clearInterval(timer);
      await flush();
    },
  };
}
