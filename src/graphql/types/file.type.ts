import { Field, ID, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { BigIntScalar, DateTimeScalar } from '../scalars.js';
import { FilePurposeEnum } from './enums.js';
import { NodeType } from './node.type.js';

@ObjectType('File', {
  implements: NodeType,
  description: 'An uploaded file.',
})
export class FileType {
  @Field(() => ID, { description: 'Id of the file, `file_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name, without folders.' })
  filename!: string;

  @Field(() => FilePurposeEnum, { description: 'What it is for.' })
  purpose!: string;

  @Field(() => BigIntScalar, { description: 'Its size in bytes.' })
  bytes!: number;

  @Field(() => String, { description: 'SHA-256 of its bytes, in hex.' })
  sha256!: string;

  @Field(() => String, { description: 'Content type, as the upload said it.' })
  contentType!: string;

  @Field(() => String, {
    description: 'Where its bytes are, on this server. Reading them takes a key like everything else.',
  })
  contentUrl!: string;

  @Field(() => DateTimeScalar, { description: 'When it was uploaded, in whole seconds.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it deletes itself; null: never.' })
  expiresAt!: Date | null;
}

export const FileConnection = defineConnection('File', 'files', () => FileType);
