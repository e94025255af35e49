import { errors } from '../../domain/errors.js';
import type { Item } from '../../domain/item.js';
import type { Sealer } from '../access/sealer.js';

/** What a sealed thought holds: what the client may not read or change, and the model needs again. */
interface Sealed {
  content?: unknown;
  /** What the upstream itself sealed, for the upstream alone. */
  encrypted_content?: string;
}

export type ThoughtSeal = ReturnType<typeof createThoughtSeal>;

/**
 * `encrypted_content` of reasoning items (reasoning section): the model's thoughts sealed under the server's own key, so that
 * a client that stores nothing here can carry them and send them back. A blob opens only in the project it was made in.
 */
export function createThoughtSeal(sealer: Sealer) {
  const contextOf = (projectId: string): string => `reasoning ${projectId}`;

  const openOne = (projectId: string, item: Item): Item | null => {
    const { encrypted_content: blob, ...rest }: { [member: string]: unknown } = item;
    if (typeof blob !== 'string') return rest as unknown as Item;
    try {
      const { content, encrypted_content } = JSON.parse(sealer.open(blob, contextOf(projectId))) as Sealed;
      return {
        ...rest,
        ...(content === undefined ? {} : { content }),
        ...(encrypted_content === undefined ? {} : { encrypted_content }),
      } as unknown as Item;
    } catch {
      return null;
    }
  };

  const isSealed = (item: Item): boolean => item.type === 'reasoning' && item.encrypted_content != null;

  return {
    /**
     * A finished item as it is kept. What an upstream encrypted is always sealed, plain thoughts only when they were asked for.
     *
     * @param wanted whether the request includes `reasoning.encrypted_content`
     */
    seal(projectId: string, item: Item, wanted: boolean): Item {
      if (item.type !== 'reasoning') return item;
      const { content, encrypted_content: upstream }: { [member: string]: unknown } = item;
      if (typeof upstream !== 'string' && !(wanted && Array.isArray(content) && content.length > 0)) return item;
      const sealed: Sealed = { content, ...(typeof upstream === 'string' ? { encrypted_content: upstream } : {}) };
      return { ...item, encrypted_content: sealer.seal(JSON.stringify(sealed), contextOf(projectId)) } as Item;
    },

    /** @throws 400 `invalid_encrypted_content` for a blob that was changed or is another project's or server's */
    check(projectId: string, items: readonly Item[]): void {
      for (const item of items)
        if (isSealed(item) && openOne(projectId, item) === null) throw errors.invalidEncryptedContent();
    },

    /** A context as the model gets it: thoughts opened. Those that no longer open (the secret has changed) are left out. */
    open(projectId: string, items: Item[]): Item[] {
      if (!items.some(isSealed)) return items;
      return items.flatMap((item) => (isSealed(item) ? (openOne(projectId, item) ?? []) : item));
    },
  };
}
