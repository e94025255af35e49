import { Extensions, Field, ID, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { ONE_OF } from './one-of.js';

@InputType('InputImageInput', { description: 'An image for the model: by address or by file id.' })
export class InputImageInput {
  @Field(() => String, { nullable: true, description: 'Address or data URL of the image.' })
  imageUrl?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of an uploaded image.' })
  fileId?: string | null;

  @Field(() => String, { nullable: true, description: 'How closely the model should look: `auto`, `low` or `high`.' })
  detail?: string | null;
}

@InputType('InputFileInput', { description: 'A file for the model: by id, by address or as data.' })
export class InputFileInput {
  @Field(() => ID, { nullable: true, description: 'Id of an uploaded file.' })
  fileId?: string | null;

  @Field(() => String, { nullable: true, description: 'Address of the file.' })
  fileUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The file itself, as a data URL.' })
  fileData?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the file.' })
  filename?: string | null;
}

@Extensions(ONE_OF)
@InputType('ContentPartInput', { description: 'One part of a message or of a tool’s output: exactly one of these.' })
export class ContentPartInput {
  @Field(() => String, { nullable: true, description: 'Text for the model.' })
  text?: string;

  @Field(() => InputImageInput, { nullable: true, description: 'An image for the model.' })
  image?: InputImageInput;

  @Field(() => InputFileInput, { nullable: true, description: 'A file for the model.' })
  file?: InputFileInput;

  @Field(() => String, { nullable: true, description: 'Text the model said, in a message of the assistant.' })
  outputText?: string;

  @Field(() => String, { nullable: true, description: 'A refusal by the model, in a message of the assistant.' })
  refusal?: string;

  @Field(() => JsonScalar, { nullable: true, description: 'A part of any other kind, in the API’s own spelling.' })
  json?: unknown;
}

@Extensions(ONE_OF)
@InputType('ContentInput', { description: 'Content as text or as parts: exactly one of the two.' })
export class ContentInput {
  @Field(() => String, { nullable: true, description: 'Just text.' })
  text?: string;

  @Field(() => [ContentPartInput], { nullable: true, description: 'Part by part.' })
  parts?: ContentPartInput[];
}
