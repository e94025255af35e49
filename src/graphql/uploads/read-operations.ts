import type { FastifyRequest } from 'fastify';
import { errors } from '../../domain/errors.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from '../../http/json-nesting.js';
import { readForm } from '../../http/multipart.js';
import { parseWellFormed } from '../../http/well-formed.js';
import type { IncomingFile, UploadPart } from '../../services/files/file.service.js';
import { Upload } from './upload.js';

/** Files of one request; `operations` and `map` are the fields. */
const MAX_FILES = 10;
const MAX_FIELD_BYTES = 1 << 20;
const LIMITS = { files: MAX_FILES, fields: 2, fieldSize: MAX_FIELD_BYTES };
/** What makes a browser ask before it sends a form to another origin. */
const PREFLIGHT = ['apollo-require-preflight', 'x-apollo-operation-name'];

const malformed = errors.malformedUpload;
type FilePart = Extract<UploadPart, { kind: 'file' }>;
type Parts = AsyncGenerator<UploadPart>;

export interface OperationsWithFiles {
  /** The operation, its files in their places. */
  body: Record<string, unknown>;
  /** Lets go of the files that nobody has taken up. */
  close(): Promise<void>;
}

/**
 * An operation with files beside it (GraphQL multipart request, version 2). Files are not kept anywhere: each is read while it
 * arrives, when the operation takes it up.
 *
 * @throws 400 when a browser could have sent it without asking, and for anything but `operations`, `map` and the files in `map`
 */
export async function readOperations(request: FastifyRequest): Promise<OperationsWithFiles> {
  if (!PREFLIGHT.some((name) => request.headers[name]))
    throw malformed(
      `Send the header '${PREFLIGHT[0]}: true' with multipart/form-data: browsers then ask before they do.`,
    );
  const parts = readForm(request.raw, LIMITS);
  try {
    const body = await readField(parts, 'operations');
    const map = await readField(parts, 'map');
    placeFiles(body, map, createFiles(parts));
    return { body, close: async () => void (await parts.return(undefined)) };
  } catch (error) {
    await parts.return(undefined);
    throw error;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The next part, which has to be this field, a JSON object. */
async function readField(parts: Parts, name: 'operations' | 'map'): Promise<Record<string, unknown>> {
  const { value: part } = await parts.next();
  if (part?.kind !== 'field' || part.name !== name)
    throw malformed("Send the field 'operations' first, 'map' second and the files behind them.");
  let value: unknown;
  try {
    value = parseWellFormed(part.value);
  } catch {
    throw malformed(`The field '${name}' is not JSON.`);
  }
  if (!isObject(value)) throw malformed(`The field '${name}' has to be a JSON object.`);
  if (isNestedTooDeeply(value)) throw errors.nestedTooDeeply(MAX_JSON_NESTING);
  return value;
}

/** Hands out files by their names, in the order in which they were sent. Those in between are skipped. */
function createFiles(parts: Parts): (name: string) => Promise<IncomingFile> {
  const seen = new Set<string>();
  let before: Promise<unknown> = Promise.resolve();
  const find = async (name: string): Promise<FilePart> => {
    if (seen.has(name))
      throw malformed(`The file '${name}' is past: send files in the order in which they are used, and use each once.`);
    for (;;) {
      const { value: part } = await parts.next();
      if (part === undefined) throw malformed(`The file '${name}' is in 'map', but was not sent.`);
      if (part.kind === 'field') throw malformed(`The field '${part.name}' is one too many.`);
      seen.add(part.name);
      if (part.name === name) return part;
      part.content.resume();
    }
  };
  return (name) => {
    const found = before.then(() => find(name));
    before = found.catch(() => undefined);
    return found;
  };
}

/** Puts an upload to every place that `map` names for it. */
function placeFiles(
  body: Record<string, unknown>,
  map: Record<string, unknown>,
  take: (name: string) => Promise<IncomingFile>,
): void {
  const files = Object.entries(map);
  if (files.length === 0) throw malformed("The field 'map' names no file.");
  if (files.length > MAX_FILES) throw malformed(`At most ${MAX_FILES} files are taken at once.`);
  for (const [name, paths] of files) {
    if (!Array.isArray(paths) || paths.length !== 1 || typeof paths[0] !== 'string')
      throw malformed(`'map.${name}' has to be a list of the one variable that the file stands for.`);
    place(body, paths[0], new Upload(() => take(name)));
  }
}

/** Replaces the null at a path like `variables.files.0`. */
function place(body: Record<string, unknown>, path: string, upload: Upload): void {
  const steps = path.split('.');
  const last = steps.pop() as string;
  const isVariable = steps[0] === 'variables';
  let at: unknown = body;
  for (const step of steps) at = memberOf(at, step);
  if (!isVariable || memberOf(at, last) !== null)
    throw malformed(`'map' names '${path.slice(0, 100)}', which is no variable that is null in 'operations'.`);
  (at as Record<string, unknown>)[last] = upload;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
