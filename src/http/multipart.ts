import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { FastifyInstance } from 'fastify';
import { errors } from '../domain/errors.js';
import type { UploadPart } from '../services/files/file.service.js';
import { readUnreadBody } from './unread-body.js';

export interface FormLimits {
  files: number;
  fields: number;
  /** Bytes of one field. */
  fieldSize: number;
}

const MEDIA_TYPE = 'multipart/form-data';
const FIELD_NAME_SIZE = 256;
const HEADER_PAIRS = 64;

/** Lets routes take forms: their bodies are left for `readForm`. */
export function useFormBodies(app: FastifyInstance): void {
  app.addContentTypeParser(MEDIA_TYPE, (_request, _payload, done) => done(null));
}

export const isForm = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.trimStart().toLowerCase().startsWith(MEDIA_TYPE) === true;

const broken = (reason: string) => errors.malformedUpload(`The multipart body cannot be read: ${reason}.`);

/**
 * The parts of a form as they arrive; its bytes are read only as fast as the parts are. Who stops early has the rest read and
 * forgotten, as far as that is bearable, so that the client gets to see its answer.
 *
 * @throws 415 for any other body, 400 `invalid_multipart` for a broken one; a file that breaks off throws it while it is read
 */
export async function* readForm(request: IncomingMessage, limits: FormLimits): AsyncGenerator<UploadPart> {
  if (!isForm(request)) throw errors.unsupportedMediaType(MEDIA_TYPE);
  const parts = new Readable({ objectMode: true, read: () => undefined });
  const parser = createParser(request, limits);
  let file: Readable | null = null;
  const fail = (reason: string): void => {
    const error = broken(reason);
    file?.destroy(error);
    parts.destroy(error);
  };
  const onLeft = (): void => {
    if (!request.complete) fail('it ends too early');
  };

  parser
    .on('field', (name, value, isNameCut, isValueCut) => {
      if (isNameCut || isValueCut) fail('a field is too long');
      else parts.push({ kind: 'field', name, value } satisfies UploadPart);
    })
    .on('file', (name, content, filename, _encoding, contentType) => {
      // Whoever reads it hears of it; nobody may be reading yet.
      content.on('error', () => undefined);
      file = content;
      parts.push({ kind: 'file', name, filename: filename ?? '', contentType, content } satisfies UploadPart);
    })
    .on('filesLimit', () => fail(`it holds more than ${limits.files} files`))
    .on('fieldsLimit', () => fail(`it holds more than ${limits.fields} fields`))
    .on('finish', () => parts.push(null))
    .on('error', (error) => fail(error instanceof Error ? error.message : 'it is malformed'));
  request.once('close', onLeft).once('error', onLeft).pipe(parser);
  try {
    for await (const part of parts) yield part as UploadPart;
  } finally {
    request.unpipe(parser).off('close', onLeft).off('error', onLeft);
    parser.destroy();
    await readUnreadBody(request);
  }
}

function createParser({ headers }: IncomingMessage, limits: FormLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: headers as BusboyHeaders,
      limits: { ...limits, fieldNameSize: FIELD_NAME_SIZE, headerPairs: HEADER_PAIRS },
    });
  } catch (error) {
    throw broken(error instanceof Error ? error.message : 'it has no boundary');
  }
}
