import { Field, InputType, Int } from 'type-graphql';
import { FilePurposeEnum } from '../types/enums.js';
import { type Upload, UploadScalar } from '../uploads/upload.js';

@InputType('CreateFileInput', {
  description: 'A file: exactly one of `file`, `text` and `base64`.',
})
export class CreateFileInput {
  @Field(() => String, {
    nullable: true,
    description: 'Its name. Default with `file`: the name it was sent with; else it has to be given.',
  })
  filename?: string | null;

  @Field(() => FilePurposeEnum, { description: 'What it is for.' })
  purpose!: string;

  @Field(() => UploadScalar, {
    nullable: true,
    description: 'A file of any size, sent beside the operation as multipart/form-data.',
  })
  file?: Upload | null;

  @Field(() => String, { nullable: true, description: 'The content of a small text file.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'The bytes of any small file, in base64.' })
  base64?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds after which it deletes itself, 3600 to 2592000. Default: never.',
  })
  expiresAfterSeconds?: number | null;
}
