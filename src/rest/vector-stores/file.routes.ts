import { z } from 'zod';
import { toPublicId } from '../../domain/ids.js';
import type { StoreFileStatus } from '../../domain/vector-store.js';
import { AttachFileBody, CreateBatchBody, UpdateFileBody } from '../../services/knowledge/vector-store.schema.js';
import { parseInput } from '../../services/validation.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';
import { toWireBatch, toWireFile } from './wire.js';

const FilesQuery = ListQuery.extend({
  filter: z
    .enum(['in_progress', 'completed', 'failed', 'cancelled'])
    .optional()
    .describe('Only files with this status.'),
});

const CONTENT_CHUNKS = 1000;
const ContentQuery = z.object({
  page: z
    .string()
    .regex(/^\d{1,8}$/, { message: 'use the next_page of the page before.' })
    .optional()
    .describe('`next_page` of the page before.'),
});

const readFilesQuery = (query: Record<string, unknown>) => ({
  request: readListQuery(query, publicId('file')),
  status: (parseInput(FilesQuery, query).filter ?? null) as StoreFileStatus | null,
});

/** Files in vector stores, and batches of them (vector stores section). */
export const storeFileRoutes = [
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/files',
    operation: 'addVectorStoreFile',
    summary: 'Attach a file and start indexing it.',
    body: AttachFileBody,
    answers: 'VectorStoreFile',
    handle: async ({ principal, services, params, body }) =>
      toWireFile(await services.storeFiles.attach(principal, params.id as string, body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id/files',
    operation: 'vectorStoreFiles',
    summary: 'List the files of a vector store.',
    query: FilesQuery,
    answers: 'VectorStoreFileList',
    async handle({ principal, services, params, query }) {
      const { request, status } = readFilesQuery(query);
      const page = await services.storeFiles.list(principal, params.id as string, request, status);
      return toList(page, page.rows.map(toWireFile), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id/files/:fileId',
    operation: 'vectorStoreFile',
    summary: 'Read how a file stands in a vector store.',
    answers: 'VectorStoreFile',
    handle: async ({ principal, services, params }) =>
      toWireFile(await services.storeFiles.get(principal, params.id as string, params.fileId as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/files/:fileId',
    operation: 'updateVectorStoreFile',
    summary: 'Replace the attributes of a file in a vector store.',
    body: UpdateFileBody,
    answers: 'VectorStoreFile',
    handle: async ({ principal, services, params, body }) =>
      toWireFile(await services.storeFiles.update(principal, params.id as string, params.fileId as string, body)),
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/files/:fileId/cancel',
    operation: 'cancelVectorStoreFile',
    summary: 'Stop indexing a file.',
    answers: 'VectorStoreFile',
    handle: async ({ principal, services, params }) =>
      toWireFile(await services.storeFiles.cancel(principal, params.id as string, params.fileId as string)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/vector_stores/:id/files/:fileId',
    operation: 'removeVectorStoreFile',
    summary: 'Take a file out of a vector store. The file stays.',
    answers: 'DeletedVectorStoreFile',
    async handle({ principal, services, params }) {
      const file = await services.storeFiles.detach(principal, params.id as string, params.fileId as string);
      return { id: toPublicId('file', file.fileId), object: 'vector_store.file.deleted', deleted: true };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id/files/:fileId/content',
    operation: 'vectorStoreFileContent',
    summary: 'Read the text of a file as it was indexed.',
    query: ContentQuery,
    answers: 'VectorStoreFileContent',
    async handle({ principal, services, params, query }) {
      const from = Number(parseInput(ContentQuery, query).page ?? 0);
      const { id, fileId } = params as { id: string; fileId: string };
      const content = await services.storeFiles.content(principal, id, fileId, from, CONTENT_CHUNKS);
      return {
        object: 'vector_store.file_content.page',
        data: content.texts.map((text) => ({ type: 'text', text })),
        has_more: content.next !== null,
        next_page: content.next === null ? null : String(content.next),
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/file_batches',
    operation: 'addVectorStoreFiles',
    summary: 'Attach up to 2000 files at once.',
    body: CreateBatchBody,
    answers: 'VectorStoreFileBatch',
    handle: async ({ principal, services, params, body }) =>
      toWireBatch(await services.storeFiles.createBatch(principal, params.id as string, body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id/file_batches/:batchId',
    operation: 'vectorStoreFileBatch',
    summary: 'Read how a batch stands.',
    answers: 'VectorStoreFileBatch',
    handle: async ({ principal, services, params }) =>
      toWireBatch(await services.storeFiles.getBatch(principal, params.id as string, params.batchId as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/vector_stores/:id/file_batches/:batchId/cancel',
    operation: 'cancelVectorStoreFileBatch',
    summary: 'Stop indexing what of a batch is not done.',
    answers: 'VectorStoreFileBatch',
    handle: async ({ principal, services, params }) =>
      toWireBatch(await services.storeFiles.cancelBatch(principal, params.id as string, params.batchId as string)),
  }),
  defineRoute({
    method: 'GET',
    path: '/vector_stores/:id/file_batches/:batchId/files',
    operation: 'vectorStoreFileBatchFiles',
    summary: 'List the files of a batch.',
    query: FilesQuery,
    answers: 'VectorStoreFileList',
    async handle({ principal, services, params, query }) {
      const { request, status } = readFilesQuery(query);
      const { id, batchId } = params as { id: string; batchId: string };
      const page = await services.storeFiles.listBatchFiles(principal, id, batchId, request, status);
      return toList(page, page.rows.map(toWireFile), request.fromEnd);
    },
  }),
];
