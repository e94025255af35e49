import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BlobKey, type BlobStore, BlobTooLarge } from './blob-store.js';

const PARTIAL = '.part';
const BATCH = 500;

/** Blobs as files: `<folder>/<project>/<id>`. An unfinished one is called `<id>.part`. */
export function createDiskBlobStore(folder: string): BlobStore {
  const pathOf = ({ projectId, id }: BlobKey): string => path.join(folder, projectId, id);

  return {
    async write(key, content, maxBytes) {
      const target = pathOf(key);
      const partial = `${target}${PARTIAL}`;
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      const hash = createHash('sha256');
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          if (bytes > maxBytes) return done(new BlobTooLarge());
          hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await pipeline(content, measure, createWriteStream(partial, { mode: 0o600, flush: true }));
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      return { bytes, sha256: hash.digest('hex') };
    },

    async open(key) {
      const file = await open(pathOf(key)).catch(ifMissing);
      return file === null ? null : createReadStream('', { fd: file });
    },

    read: (key) => readFile(pathOf(key)).catch(ifMissing),
    withLocalFile: (key, use) => use(pathOf(key)),
    remove: (key) => rm(pathOf(key), { force: true }),

    async *olderThan(epochMs) {
      const projects = await readdir(folder, { withFileTypes: true }).catch(ifMissing);
      for (const project of projects ?? []) {
        if (!project.isDirectory()) continue;
        const names = await readdir(path.join(folder, project.name));
        let ids: string[] = [];
        for (const name of names) {
          const file = path.join(folder, project.name, name);
          const isOld = await stat(file).then(({ mtimeMs }) => mtimeMs < epochMs, ifMissing);
          if (isOld !== true) continue;
          // An upload that was cut off; nobody will ever finish it.
          if (name.endsWith(PARTIAL)) await rm(file, { force: true });
          else ids.push(name);
          if (ids.length < BATCH) continue;
          yield { projectId: project.name, ids };
          ids = [];
        }
        if (ids.length > 0) yield { projectId: project.name, ids };
      }
    },

    // The folder is made when the first blob comes.
    check: () => Promise.resolve(),
  };
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
