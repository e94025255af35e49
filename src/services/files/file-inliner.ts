import { fileTypeFromBuffer } from 'file-type';
import type { ContentPart } from '../../domain/content.js';
import { errors } from '../../domain/errors.js';
import type { File } from '../../domain/file.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Principal } from '../../domain/principal.js';
import type { BlobStore } from '../../persistence/blobs/blob-store.js';
import type { FileRepository } from '../../persistence/repositories/file.repository.js';

/** Bytes of files that one request may bring to its model; in base64 they are the 32 MiB that a body may have. */
const MAX_BYTES = 24 * 1024 ** 2;

export interface FileInliner {
  /**
   * The items with the bytes of the files they name, as data URLs: upstreams know nothing of our ids. Items that name none
   * come back as they are, without a look-up.
   *
   * @param sent the items of the request itself: what they name has to be there; files named earlier may be gone meanwhile
   * @throws 404 for a file that is not there, 400 when they are too large together
   */
  inline(principal: Principal, items: Item[], sent: readonly Item[]): Item[] | Promise<Item[]>;
}

export function createFileInliner({ files, blobs }: { files: FileRepository; blobs: BlobStore }): FileInliner {
  const load = async (principal: Principal, items: Item[], sent: readonly Item[]): Promise<Item[]> => {
    const named = fileIdsIn(items);
    const uuids = [...named].flatMap((id) => parsePublicId('file', id) ?? []);
    const found = new Map((await files.findMany(principal, uuids)).map((file) => [file.id, file]));
    const contents = new Map<string, { file: File; url: string }>();
    let bytes = 0;
    for (const id of named) {
      const file = found.get(parsePublicId('file', id) ?? '');
      if (file === undefined) continue;
      bytes += file.bytes;
      if (bytes > MAX_BYTES)
        throw errors.invalidValue(
          'input',
          `The files that the input names have more than ${MAX_BYTES} bytes together.`,
        );
      const content = await blobs.read(file);
      if (content !== null) contents.set(id, { file, url: await toDataUrl(content, file) });
    }
    for (const id of fileIdsIn(sent)) if (!contents.has(id)) throw errors.fileNotFound(id, 'input');
    return items.map((item) => withParts(item, (part) => withContent(part, contents)));
  };

  return {
    inline: (principal, items, sent) => (items.some(namesFile) ? load(principal, items, sent) : items),
  };
}

type Part = ContentPart & { file_id?: string | null };

const namesFilePart = (part: Part): boolean =>
  (part.type === 'input_file' || part.type === 'input_image') &&
  typeof part.file_id === 'string' &&
  part.file_id !== '';

/** Where an item may hold parts: a message's content, a function's output. */
const partsOf = (item: Item): readonly Part[] => {
  const { content, output } = item as { content?: unknown; output?: unknown };
  if (item.type === 'message') return Array.isArray(content) ? content : [];
  return Array.isArray(output) ? output : [];
};

const namesFile = (item: Item): boolean => partsOf(item).some(namesFilePart);

const fileIdsIn = (items: readonly Item[]): Set<string> =>
  new Set(
    items.flatMap((item) =>
      partsOf(item)
        .filter(namesFilePart)
        .map((part) => part.file_id as string),
    ),
  );

function withParts(item: Item, change: (part: Part) => Part): Item {
  if (!namesFile(item)) return item;
  const member = item.type === 'message' ? 'content' : 'output';
  return { ...item, [member]: partsOf(item).map((part) => (namesFilePart(part) ? change(part) : part)) } as Item;
}

function withContent(part: Part, contents: ReadonlyMap<string, { file: File; url: string }>): Part {
  const { file_id: id, ...rest } = part as Part & { filename?: string | null };
  const content = contents.get(id as string);
  if (content === undefined) return { type: 'input_text', text: 'A file that was here has been deleted.' };
  return part.type === 'input_image'
    ? { ...rest, image_url: content.url }
    : { ...rest, filename: rest.filename ?? content.file.filename, file_data: content.url };
}

/** Told by the bytes: clients often upload everything as the same type. */
async function toDataUrl(content: Buffer, file: File): Promise<string> {
  const sniffed = (await fileTypeFromBuffer(content))?.mime;
  const isGeneric = file.contentType === 'application/octet-stream';
  const type = sniffed ?? (isGeneric && isText(content) ? 'text/plain' : file.contentType);
  return `data:${type};base64,${content.toString('base64')}`;
}

function isText(content: Buffer): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\u0000');
  } catch {
    return false;
  }
}
