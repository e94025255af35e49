import type { AntiphonConfig } from './config/schema/index.js';
import type { Logger } from './observability/logger.js';
import type { BlobStore } from './persistence/blobs/blob-store.js';
import { createDiskBlobStore } from './persistence/blobs/disk-blob-store.js';
import { createS3BlobStore } from './persistence/blobs/s3-blob-store.js';

/** Where the bytes of files lie. A storage that does not work at the start is logged: what needs no files works without. */
export function createStorage(
  settings: AntiphonConfig['knowledge']['storage'],
  filesDir: string,
  logger: Logger,
): BlobStore {
  if (settings.type === 'disk') return createDiskBlobStore(filesDir);
  const blobs = createS3BlobStore({
    endpoint: settings.endpoint,
    region: settings.region,
    bucket: settings.bucket,
    accessKeyId: settings.access_key_id,
    secretAccessKey: settings.secret_access_key,
    prefix: settings.prefix,
    pathStyle: settings.path_style,
  });
  blobs.check().then(
    () => logger.info({ endpoint: settings.endpoint, bucket: settings.bucket }, 'files lie in S3'),
    (error: Error) =>
      logger.error(
        { endpoint: settings.endpoint, bucket: settings.bucket, reason: error.message },
        'files cannot be stored',
      ),
  );
  return blobs;
}
