import { toPublicId } from '../../domain/ids.js';
import { type PriceVersion, priceTerms } from '../../domain/price-version.js';
import { CreatePriceBody, PriceFilter } from '../../services/money/price.schema.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { actorIn, ProjectQuery } from '../project-query.js';

const PriceListQuery = ListQuery.extend({ ...PriceFilter.shape, ...ProjectQuery.shape });

const toWire = (version: PriceVersion) => ({
  id: toPublicId('price', version.id),
  object: 'price',
  ...priceTerms(version),
  effective_at: Math.floor(version.effectiveAtMs / 1000),
  created_at: Math.floor(version.createdAtMs / 1000),
});

/** What models cost this project: versions that are only ever followed by later ones. */
export const priceRoutes = [
  defineRoute({
    method: 'POST',
    path: '/prices',
    operation: 'createPrice',
    summary: 'Set what a model costs this project, from now or a later time on.',
    body: CreatePriceBody,
    query: ProjectQuery,
    status: 201,
    answers: 'Price',
    handle: async (context) => toWire(await context.services.prices.create(await actorIn(context), context.body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/prices',
    operation: 'prices',
    summary: 'List the prices this project has set, newest first.',
    query: PriceListQuery,
    answers: 'PriceList',
    async handle(context) {
      const { services, query } = context;
      const request = readListQuery(query, publicId('price'));
      const page = await services.prices.list(await actorIn(context), request, query);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/prices/:id',
    operation: 'deletePrice',
    summary: 'Take back a price that does not hold yet.',
    query: ProjectQuery,
    answers: 'DeletedPrice',
    async handle(context) {
      const { services, params } = context;
      await services.prices.delete(await actorIn(context), params.id as string);
      return { id: params.id, object: 'price.deleted', deleted: true };
    },
  }),
];
