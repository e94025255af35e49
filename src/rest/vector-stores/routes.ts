import { toPublicId } from '../../domain/ids.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { Services } from '../../services/index.js';
import { CreateStoreBody, SearchBody, UpdateStoreBody } from '../../services/knowledge/vector-store.schema.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { toWireResult, toWireStore } from './wire.js';

const shown = (services: Services, store: VectorStore) => toWireStore(store, services.vectorStores.note(store));

/** Vector stores (vector stores section). */
export const vectorStoreRoutes = [
  defineRoute({
    method: 'POST',
    path: '/vector_stores',
    operation: 'createVectorStore',
    summary: 'Create a vector store, with files if you like.',
    body: CreateStoreBody,
    answers: 'VectorStore',
    handle: async ({ principal, services, body }) =>
      shown(services, await services.vectorStores.create(principal, body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores',
    operation: 'vectorStores',
    summary: 'List vector stores.',
    query: ListQuery,
    answers: 'VectorStoreList',
    async handle({ principal, services, query }) {
      const request = readListQuery(query, publicId('vectorStore'));
      const page = await services.vectorStores.list(principal, request);
      return toList(
        page,
        page.rows.map((store) => shown(services, store)),
        request.fromEnd,
      );
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id',
    operation: 'vectorStore',
    summary: 'Read a vector store.',
    answers: 'VectorStore',
    handle: async ({ principal, services, params }) =>
      shown(services, await services.vectorStores.get(principal, params.id as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id',
    operation: 'updateVectorStore',
    summary: 'Change the given fields; null clears one.',
    body: UpdateStoreBody,
    answers: 'VectorStore',
    handle: async ({ principal, services, params, body }) =>
      shown(services, await services.vectorStores.update(principal, params.id as string, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/vector_stores/:id',
    operation: 'deleteVectorStore',
    summary: 'Delete a vector store. Its files stay.',
    answers: 'DeletedVectorStore',
    async handle({ principal, services, params }) {
      const store = await services.vectorStores.delete(principal, params.id as string);
      return { id: toPublicId('vectorStore', store.id), object: 'vector_store.deleted', deleted: true };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/search',
    operation: 'searchVectorStores',
    summary: 'Search a vector store by meaning and by words.',
    body: SearchBody,
    answers: 'VectorStoreSearchPage',
    async handle({ principal, services, params, body, client }) {
      const { queries, results } = await services.vectorStores.search(
        principal,
        [params.id as string],
        body,
        client.signal,
      );
      return {
        object: 'vector_store.search_results.page',
        search_query: queries,
        data: results.map(toWireResult),
        has_more: false,
        next_page: null,
      };
    },
  }),
];
