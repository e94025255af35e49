import { z } from 'zod';
import { type File, uploadPurposes } from '../../domain/file.js';
import { toPublicId } from '../../domain/ids.js';
import { readForm } from '../../http/multipart.js';
import { UploadFields } from '../../services/files/file.service.js';
import { parseInput } from '../../services/validation.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';

const PAGE = { limit: 10_000, max: 10_000 };

const FilesQuery = ListQuery.extend({
  limit: z.coerce.number().int().min(1).max(PAGE.max).optional().describe('1 to 10000, default 10000.'),
  purpose: z.enum(uploadPurposes).optional().describe('Only files of this purpose.'),
});

/** Fields are short words; a client that sends more is not one of ours. */
const UPLOAD_LIMITS = { files: 2, fields: 32, fieldSize: 4096 };

const toWire = (file: File) => ({
  id: toPublicId('file', file.id),
  object: 'file',
  bytes: file.bytes,
  created_at: Math.floor(file.createdAtMs / 1000),
  ...(file.expiresAtMs === null ? {} : { expires_at: Math.floor(file.expiresAtMs / 1000) }),
  filename: file.filename,
  purpose: file.purpose,
  status: 'processed',
  status_details: null,
  sha256: file.sha256,
});

/** A name in an HTTP header: plain for old readers, UTF-8 for the others (RFC 6266). */
const disposition = (filename: string): string =>
  `attachment; filename="${filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(filename).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;

/** Files (files section). */
export const fileRoutes = [
  defineRoute({
    method: 'POST',
    path: '/files',
    operation: 'createFile',
    summary: 'Upload a file as multipart/form-data.',
    body: UploadFields.extend({ file: z.string().meta({ format: 'binary' }).describe('The file itself.') }),
    bodyType: 'multipart/form-data',
    answers: 'File',
    handle: async ({ principal, services, request }) =>
      toWire(await services.files.upload(principal, readForm(request.raw, UPLOAD_LIMITS))),
  }),
  defineRoute({
    method: 'GET',
    path: '/files',
    operation: 'files',
    summary: 'List files.',
    query: FilesQuery,
    answers: 'FileList',
    async handle({ principal, services, query }) {
      const { purpose } = parseInput(FilesQuery, query);
      const request = readListQuery(query, publicId('file'), PAGE);
      const page = await services.files.list(principal, request, purpose === undefined ? {} : { purpose });
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/files/:id',
    operation: 'file',
    summary: 'Read what is known of a file.',
    answers: 'File',
    handle: async ({ principal, services, params }) => toWire(await services.files.get(principal, params.id as string)),
  }),
  defineRoute({
    method: 'GET',
    path: '/files/:id/content',
    operation: 'fileContent',
    summary: 'Read the bytes of a file.',
    answers: 'FileContent',
    answerType: 'application/octet-stream',
    async handle({ principal, services, params, reply }) {
      const { file, content } = await services.files.content(principal, params.id as string);
      // Whatever was uploaded, a browser must never run it in this origin.
      reply
        .type(file.contentType)
        .header('content-length', file.bytes)
        .header('content-disposition', disposition(file.filename))
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .send(content);
      return undefined;
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/files/:id',
    operation: 'deleteFile',
    summary: 'Delete a file, also from all vector stores.',
    answers: 'DeletedFile',
    async handle({ principal, services, params }) {
      const file = await services.files.delete(principal, params.id as string);
      return { id: toPublicId('file', file.id), object: 'file', deleted: true };
    },
  }),
];
