import { Readable } from 'node:stream';
import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { errors } from '../../domain/errors.js';
import type { UploadPart } from '../../services/files/file.service.js';

/** Fields are short words; a client that sends more is not one of ours. */
const LIMITS = {
  files: 2,
  fields: 32,
  fieldNameSize: 256,
  fieldSize: 4096,
  headerPairs: 64,
  fileSize: Number.MAX_SAFE_INTEGER,
};

/**
 * The parts of a multipart body, as they arrive. Its bytes are read only as fast as the parts are.
 *
 * @throws 415 for any other body, 400 `invalid_multipart` for a broken one; a file that breaks off throws it while it is read
 */
export async function* readUpload(request: FastifyRequest): AsyncGenerator<UploadPart> {
  if (!request.isMultipart()) throw errors.unsupportedMediaType('multipart/form-data');
  const parts = request.parts({ limits: LIMITS }) as AsyncIterable<MultipartFile | MultipartValue>;
  for await (const part of understood(parts))
    yield part.type === 'file'
      ? {
          kind: 'file',
          name: part.fieldname,
          filename: part.filename,
          contentType: part.mimetype,
          content: Readable.from(understood(part.file), { objectMode: false }),
        }
      : { kind: 'field', name: part.fieldname, value: String(part.value) };
}

/** The same, with the parser's errors in the API's words: whatever breaks here came from the client. */
async function* understood<Value>(source: AsyncIterable<Value>): AsyncGenerator<Value> {
  const values = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await values.next().catch((thrown: Error) => {
        throw errors.malformedUpload(`The multipart body cannot be read: ${thrown.message}.`);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await values.return?.();
  }
}
