import { inflateRawSync } from 'node:zlib';
import { documentLimits, invalid } from './document.js';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const MAX_ENTRIES = 10_000;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  isEncrypted: boolean;
  method: number;
  packedBytes: number;
  offset: number;
}

/** The central directory. @throws DocumentError when there is none or it contradicts itself */
function entriesOf(zip: Buffer): Entry[] {
  const broken = () => invalid('The archive is damaged.');
  let end = zip.length - END_SIZE;
  const last = Math.max(0, end - MAX_COMMENT);
  while (end >= last && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < last) throw broken();
  const count = zip.readUInt16LE(end + 10);
  if (count > MAX_ENTRIES) throw invalid('The archive holds too many entries.');
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let n = 0; n < count; n += 1) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw broken();
    entries.push({
      isEncrypted: (zip.readUInt16LE(at + 8) & 1) === 1,
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      offset: zip.readUInt32LE(at + 42),
    });
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

export function isEncryptedZip(zip: Buffer): boolean {
  try {
    return entriesOf(zip).some(({ isEncrypted }) => isEncrypted);
  } catch {
    return false;
  }
}

/**
 * Unpacks everything once, with a limit that no header can lie about, before a parser without limits sees it.
 *
 * @throws DocumentError when the archive is damaged, encrypted, or larger unpacked than `documentLimits` allow
 */
export function checkZip(zip: Buffer): void {
  let left: number = documentLimits.maxUnpackedBytes;
  for (const { isEncrypted, method, packedBytes, offset } of entriesOf(zip)) {
    if (isEncrypted) throw invalid('The file is encrypted.');
    if (offset + 30 > zip.length) throw invalid('The archive is damaged.');
    const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const packed = zip.subarray(start, start + packedBytes);
    if (method !== STORED && method !== DEFLATED)
      throw invalid('The archive uses a compression that is not supported.');
    left -= method === STORED ? packed.length : unpackedSize(packed, left);
    if (left < 0) throw tooLarge();
  }
}

function unpackedSize(packed: Buffer, limit: number): number {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(limit, 1) }).length;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge()
      : invalid('The archive is damaged.');
  }
}

const tooLarge = () => invalid(`The file is larger than ${documentLimits.maxUnpackedBytes} bytes when it is unpacked.`);
