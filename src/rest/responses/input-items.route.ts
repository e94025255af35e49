import { defineRoute } from '../define-route.js';
import { asSent, ListQuery, readListQuery, toList } from '../list-query.js';

export const inputItemsRoute = defineRoute({
  method: 'GET',
  path: '/responses/:id/input_items',
  summary: 'What the caller sent as input.',
  query: ListQuery,
  answers: 'ItemList',
  async handle({ principal, services, params, query }) {
    const request = readListQuery(query, asSent);
    const page = await services.responses.listInputItems(principal, params.id as string, request);
    return toList(page, page.rows, request.fromEnd);
  },
});
