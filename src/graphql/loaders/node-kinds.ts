import {
  allItemPrefixes,
  type IdKind,
  parsePromptVersionId,
  parsePublicId,
  prefixOf,
  toPromptVersionId,
} from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Prompt } from '../../domain/prompt.js';
import type { Scope } from '../../domain/scope.js';
import type { Context } from '../context.js';
import {
  toApiKeyType,
  toAuditEntryType,
  toBudgetType,
  toPriceType,
  toProjectType,
  toStoragePriceType,
} from '../resolvers/printing-admin.js';
import { itemTypeName } from '../types/item-names.js';
import { createIdLoader, type IdLoader, uuidOf } from './by-id.js';
import type { Loaders } from './index.js';

/** One kind of things that ids name. */
export interface NodeKind {
  /** What reading it takes; null where the look-up itself checks it. */
  scope: Scope | null;
  /** The type of the schema that it is shown as. */
  typeOf(node: object): string;
  /** What the id names, found together with the other ids of the operation; null for none, and for what is no such id. */
  load(id: string, context: Context): Promise<object | null> | null;
}

type Found = { id: string };

/** What other fields look up as well: one look-up serves them all. */
const shared = (
  type: string,
  kind: IdKind,
  scope: Scope,
  loaderOf: (loaders: Loaders) => IdLoader<object>,
): NodeKind => ({
  scope,
  typeOf: () => type,
  load(id, { loaders }) {
    const uuid = parsePublicId(kind, id);
    return uuid === null ? null : loaderOf(loaders).load(uuid);
  },
});

/** The loader of an operation for a kind that nothing else looks up. */
function loaderOf<Row extends object>(
  kind: IdKind,
  { loaders: { nodes } }: Context,
  find: (ids: readonly string[]) => Promise<readonly Row[]>,
  idOf: (row: Row) => string | undefined,
): IdLoader<Row> {
  const known = nodes.get(kind) as IdLoader<Row> | undefined;
  const loader = known ?? createIdLoader(find, idOf);
  if (known === undefined) nodes.set(kind, loader as IdLoader<object>);
  return loader;
}

/** What is looked up as a node only; `show` makes the object that its type's fields read. */
const own = <Row extends Found>(
  type: string,
  kind: IdKind,
  scope: Scope,
  find: (context: Context, uuids: readonly string[]) => Promise<readonly Row[]>,
  show: (row: Row) => object = (row) => row,
): NodeKind => ({
  scope,
  typeOf: () => type,
  async load(id, context) {
    const uuid = parsePublicId(kind, id);
    if (uuid === null) return null;
    const row = await loaderOf(kind, context, (uuids) => find(context, uuids), uuidOf).load(uuid);
    return row === null ? null : show(row);
  },
});

const promptVersion: NodeKind = {
  scope: 'prompts:read',
  typeOf: () => 'PromptVersion',
  load(id, context) {
    if (parsePromptVersionId(id) === null) return null;
    const find = (ids: readonly string[]): Promise<Prompt[]> =>
      context.services.prompts.findVersions(
        context.principal,
        ids.flatMap((one) => parsePromptVersionId(one) ?? []),
      );
    return loaderOf('promptVersion', context, find, (row) => toPromptVersionId(row.id, row.version)).load(id);
  },
};

/** Conversations and responses have items, so the scope of either serves: for what can be read through it. */
const item: NodeKind = {
  scope: null,
  typeOf: (found) => itemTypeName(found as Item),
  load: (id, context) =>
    loaderOf(
      'item',
      context,
      (ids) => context.services.items.findMany(context.principal, ids),
      (found) => found.id,
    ).load(id),
};

const kinds: Partial<Record<IdKind, NodeKind>> = {
  response: shared('Response', 'response', 'responses:read', ({ responses }) => responses),
  conversation: shared('Conversation', 'conversation', 'conversations:read', ({ conversations }) => conversations),
  prompt: shared('Prompt', 'prompt', 'prompts:read', ({ prompts }) => prompts),
  promptVersion,
  file: shared('File', 'file', 'files:read', ({ files }) => files),
  vectorStore: shared('VectorStore', 'vectorStore', 'vector_stores:read', ({ vectorStores }) => vectorStores),
  fileBatch: own('VectorStoreFileBatch', 'fileBatch', 'vector_stores:read', ({ services, principal }, uuids) =>
    services.storeFiles.findBatches(principal, uuids),
  ),
  webhookEndpoint: shared('WebhookEndpoint', 'webhookEndpoint', 'webhooks:read', (loaders) => loaders.webhookEndpoints),
  webhookDelivery: own('WebhookDelivery', 'webhookDelivery', 'webhooks:read', ({ services, principal }, uuids) =>
    services.webhooks.findDeliveries(principal, uuids),
  ),
  key: own(
    'ApiKey',
    'key',
    'admin',
    ({ services, principal }, uuids) => services.apiKeys.findMany(principal, uuids),
    (key) => toApiKeyType(key),
  ),
  project: own(
    'Project',
    'project',
    'admin',
    ({ services, principal }, uuids) => services.projects.findMany(principal, uuids),
    toProjectType,
  ),
  audit: own(
    'AuditEntry',
    'audit',
    'admin',
    ({ services, principal }, uuids) => services.projects.findAuditEntries(principal, uuids),
    toAuditEntryType,
  ),
  budget: own(
    'Budget',
    'budget',
    'admin',
    ({ services, principal }, uuids) => services.budgets.findMany(principal, uuids),
    toBudgetType,
  ),
  price: own(
    'Price',
    'price',
    'admin',
    ({ services, principal }, uuids) => services.prices.findMany(principal, uuids),
    toPriceType,
  ),
  storagePrice: own(
    'StoragePrice',
    'storagePrice',
    'admin',
    ({ services, principal }, uuids) => services.storagePrices.findMany(principal, uuids),
    toStoragePriceType,
  ),
};

const byPrefix: ReadonlyMap<string, NodeKind> = new Map([
  ...allItemPrefixes.map((prefix) => [prefix, item] as const),
  ...Object.entries(kinds).map(([kind, found]) => [prefixOf(kind as IdKind), found] as const),
]);

/** The kind of thing that an id of this form names; undefined for none. */
export const kindOfId = (id: string): NodeKind | undefined => byPrefix.get(id.slice(0, Math.max(0, id.indexOf('_'))));
