import { Field, InputType, Int } from 'type-graphql';
import { FilePurposeEnum } from '../types/enums.js';

@InputType('CreateFileInput', {
  description: 'A small file whose bytes travel in the operation: exactly one of `text` and `base64`.',
})
export class CreateFileInput {
  @Field(() => String, { description: 'Its name.' })
  filename!: string;

  @Field(() => FilePurposeEnum, { description: 'What it is for.' })
  purpose!: string;

  @Field(() => String, { nullable: true, description: 'The content of a text file.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'The bytes of any file, in base64.' })
  base64?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds after which it deletes itself, 3600 to 2592000. Default: never.',
  })
  expiresAfterSeconds?: number | null;
}
