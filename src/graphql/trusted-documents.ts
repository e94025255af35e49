import { errors } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';

export interface TrustedDocumentsOptions {
  /** Texts by id. */
  documents: ReadonlyMap<string, string>;
  /** Every key may run these and no others. */
  required: boolean;
  /** The same for these keys alone, by UUID. */
  requiredFor: ReadonlySet<string>;
}

/** What a client sent in place of a document, or with it. */
export interface SentDocument {
  query?: unknown;
  /** As the draft on persisted documents of GraphQL over HTTP has it: `sha256:…`. */
  documentId?: unknown;
  /** `extensions.persistedQuery.sha256Hash`, as Apollo Client, urql and Relay's networks send it. */
  extensions?: unknown;
}

export type TrustedDocuments = ReturnType<typeof createTrustedDocuments>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Documents that were known before any client came. They can be named by their id; where they are required, nothing else runs,
 * so that a key in the wrong hands can ask no question that the application does not ask.
 */
export function createTrustedDocuments({ documents, required, requiredFor }: TrustedDocumentsOptions) {
  const texts = new Set(documents.values());
  const find = (id: string): string | undefined => documents.get(id) ?? documents.get(`sha256:${id}`);

  return {
    /**
     * The document to run: the one that is named, else the one that was sent; undefined if there is neither here.
     *
     * @throws 400 for an unknown id, and for any other text where trusted documents are required
     */
    resolve(principal: Principal, { query, documentId, extensions }: SentDocument): string | undefined {
      const isRequired = required || requiredFor.has(principal.keyId);
      const sent = typeof query === 'string' && query !== '' ? query : undefined;
      const named = hashOf(documentId, extensions);
      const found = named === undefined ? undefined : find(named);
      if (found !== undefined) return found;
      if (isRequired && (sent === undefined || !texts.has(sent)))
        throw named === undefined || sent !== undefined ? errors.untrustedDocument() : errors.unknownDocument(named);
      if (typeof documentId === 'string' && sent === undefined) throw errors.unknownDocument(documentId);
      return sent;
    },
  };
}

function hashOf(documentId: unknown, extensions: unknown): string | undefined {
  if (typeof documentId === 'string') return documentId;
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined;
  const hash = isObject(persisted) ? persisted.sha256Hash : undefined;
  return typeof hash === 'string' ? hash : undefined;
}
