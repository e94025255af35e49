import { visibleItems } from '../../domain/include.js';
import { defineRoute } from '../define-route.js';
import { readInclude } from '../include-query.js';
import { asSent, ItemListQuery, readListQuery, toList } from '../list-query.js';

export const inputItemsRoute = defineRoute({
  method: 'GET',
  path: '/responses/:id/input_items',
  operation: 'responseInputItems',
  summary: 'What the caller sent as input.',
  query: ItemListQuery,
  answers: 'ItemList',
  async handle({ principal, services, params, query }) {
    const include = readInclude(query);
    const request = readListQuery(query, asSent);
    const page = await services.responses.listInputItems(principal, params.id as string, request);
    return toList(page, visibleItems(page.rows, include), request.fromEnd);
  },
});
