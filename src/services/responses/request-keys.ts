import { hash } from 'node:crypto';
import { errors } from '../../domain/errors.js';
import type { Owner } from '../../domain/principal.js';
import type { IdempotencyRepository } from '../../persistence/repositories/idempotency.repository.js';
import type { Idempotency } from './run-store.js';

/** Printable ASCII, as long as a header or a column bears with ease. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export type RequestKeys = ReturnType<typeof createRequestKeys>;

/**
 * Idempotency keys (transport section): a request that is sent again with the same key means the response that the first one
 * began. Keys belong to the project, or to the end user, and are kept for a day.
 */
export function createRequestKeys(keys: IdempotencyRepository) {
  return {
    /** A caller's key with the hash of its request. @throws 400 for a key that cannot be one */
    read({ endUser }: Owner, key: string, body: unknown): Idempotency {
      if (!KEY.test(key))
        throw errors.invalidValue('Idempotency-Key', "'Idempotency-Key' takes 1 to 255 printable ASCII characters.");
      // What a user calls a request says nothing about those of others.
      const name = endUser === null ? key : `${hash('sha256', endUser, 'base64url')} ${key}`;
      return { key: name, hash: hash('sha256', JSON.stringify(body, inOrder) ?? '', 'hex') };
    },

    /**
     * The response (UUID) that was begun under this key, or null.
     *
     * @throws 409 `idempotency_key_reused` when it was begun by another request
     */
    async find(projectId: string, { key, hash: sent }: Idempotency): Promise<string | null> {
      const known = await keys.find(projectId, key);
      if (known !== null && known.hash !== sent) throw errors.idempotencyKeyReused();
      return known?.responseId ?? null;
    },

    forget: (projectId: string, { key }: Idempotency, responseId: string): Promise<void> =>
      keys.forget(projectId, key, responseId),

    /** Removes keys that have expired. */
    async sweep(): Promise<void> {
      while ((await keys.removeExpired(SWEEP_BATCH)) === SWEEP_BATCH);
    },
  };
}

const SWEEP_BATCH = 1000;

/** Members in the order of their names: how a client spells an object does not matter. */
const inOrder = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
