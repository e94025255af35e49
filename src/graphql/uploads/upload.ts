import { GraphQLScalarType } from 'graphql';
import type { IncomingFile } from '../../services/files/file.service.js';

/** A file that arrives beside the operation, in place of a variable. */
export class Upload {
  /**
   * Takes the file up; it has to be read before another one is. Once only.
   *
   * @throws 400 `invalid_multipart` when it is not there, or was sent before one that was taken up already
   */
  readonly open: () => Promise<IncomingFile>;

  constructor(open: () => Promise<IncomingFile>) {
    this.open = open;
  }
}

const MESSAGE = 'Upload takes a file of a multipart/form-data request: null in `variables`, its path in `map`.';

export const UploadScalar = new GraphQLScalarType<Upload, never>({
  name: 'Upload',
  description:
    'A file sent beside the operation as multipart/form-data, with the header `apollo-require-preflight: true`. It is a variable: null in `operations`, its path in `map`. Several are sent in the order in which the operation uses them.',
  specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
  parseValue(value) {
    if (value instanceof Upload) return value;
    throw new TypeError(MESSAGE);
  },
  parseLiteral() {
    throw new TypeError(MESSAGE);
  },
  serialize() {
    throw new TypeError('Upload is for inputs only.');
  },
});
