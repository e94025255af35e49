import { toPublicId } from '../../domain/ids.js';
import { type StoragePriceVersion, storagePriceTerms } from '../../domain/price-version.js';
import { CreateStoragePriceBody } from '../../services/money/price.schema.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { actorIn, ProjectQuery } from '../project-query.js';

const toWire = (version: StoragePriceVersion) => ({
  id: toPublicId('storagePrice', version.id),
  object: 'storage_price',
  ...storagePriceTerms(version),
  effective_at: Math.floor(version.effectiveAtMs / 1000),
  created_at: Math.floor(version.createdAtMs / 1000),
});

/** What vector stores cost this project: versions that are only ever followed by later ones. */
export const storagePriceRoutes = [
  defineRoute({
    method: 'POST',
    path: '/storage_prices',
    operation: 'createStoragePrice',
    summary: 'Set what a GB in vector stores costs this project for a day, from now or a later time on.',
    body: CreateStoragePriceBody,
    query: ProjectQuery,
    status: 201,
    answers: 'StoragePrice',
    handle: async (context) =>
      toWire(await context.services.storagePrices.create(await actorIn(context), context.body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/storage_prices',
    operation: 'storagePrices',
    summary: 'List the prices this project has set for its vector stores, newest first.',
    query: ListQuery.extend(ProjectQuery.shape),
    answers: 'StoragePriceList',
    async handle(context) {
      const request = readListQuery(context.query, publicId('storagePrice'));
      const page = await context.services.storagePrices.list(await actorIn(context), request);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/storage_prices/:id',
    operation: 'deleteStoragePrice',
    summary: 'Take back a price of vector stores that does not hold yet.',
    query: ProjectQuery,
    answers: 'DeletedStoragePrice',
    async handle(context) {
      const id = context.params.id as string;
      await context.services.storagePrices.delete(await actorIn(context), id);
      return { id, object: 'storage_price.deleted', deleted: true };
    },
  }),
];
