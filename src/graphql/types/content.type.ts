import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { AnnotationType } from './annotation.type.js';

const NAMES: Record<string, string> = {
  input_text: 'InputText',
  input_image: 'InputImage',
  input_file: 'InputFile',
  output_text: 'OutputText',
  refusal: 'Refusal',
  reasoning_text: 'ReasoningText',
  summary_text: 'SummaryText',
};

@InterfaceType('ContentPart', {
  description: 'One part of what a message, a tool’s output or a reasoning item contains.',
  resolveType: ({ type }: { type: string }) => NAMES[type] ?? 'OtherContentPart',
})
export abstract class ContentPartType {
  @Field(() => String, { description: 'The API’s own name of this kind, such as `output_text`.' })
  type!: string;
}

@ObjectType('InputText', { implements: ContentPartType, description: 'Text for the model.' })
class InputTextType extends ContentPartType {
  @Field(() => String, { description: 'The text.' })
  text!: string;
}

@ObjectType('InputImage', { implements: ContentPartType, description: 'An image for the model.' })
class InputImageType extends ContentPartType {
  @Field(() => String, { nullable: true, description: 'How closely the model should look, such as `auto`.' })
  detail!: string | null;

  @Field(() => String, { name: 'imageUrl', nullable: true, description: 'Address or data URL of the image.' })
  image_url!: string | null;

  @Field(() => ID, { name: 'fileId', nullable: true, description: 'Id of an uploaded image.' })
  file_id!: string | null;
}

@ObjectType('InputFile', { implements: ContentPartType, description: 'A file for the model.' })
class InputFileType extends ContentPartType {
  @Field(() => ID, { name: 'fileId', nullable: true, description: 'Id of an uploaded file.' })
  file_id!: string | null;

  @Field(() => String, { name: 'fileData', nullable: true, description: 'The file itself, as a data URL.' })
  file_data!: string | null;

  @Field(() => String, { name: 'fileUrl', nullable: true, description: 'Address of the file.' })
  file_url!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the file.' })
  filename!: string | null;
}

@ObjectType('OutputText', { implements: ContentPartType, description: 'Text by the model.' })
export class OutputTextType extends ContentPartType {
  @Field(() => String, { description: 'The text.' })
  text!: string;

  @Field(() => [AnnotationType], { description: 'What stretches of the text refer to.' })
  annotations!: AnnotationType[];

  @Field(() => JsonScalar, { nullable: true, description: 'Probabilities of the tokens, where the model gives them.' })
  logprobs!: unknown;
}

@ObjectType('Refusal', { implements: ContentPartType, description: 'Why the model will not answer.' })
class RefusalType extends ContentPartType {
  @Field(() => String, { description: 'The model’s words.' })
  refusal!: string;
}

@ObjectType('ReasoningText', { implements: ContentPartType, description: 'What the model thought.' })
class ReasoningTextType extends ContentPartType {
  @Field(() => String, { description: 'The text.' })
  text!: string;
}

@ObjectType('SummaryText', { implements: ContentPartType, description: 'A summary of what the model thought.' })
export class SummaryTextType extends ContentPartType {
  @Field(() => String, { description: 'The text.' })
  text!: string;
}

@ObjectType('OtherContentPart', {
  implements: ContentPartType,
  description: 'A part of a kind this version does not know: kept and shown unharmed.',
})
export class OtherContentPartType extends ContentPartType {
  @Field(() => JsonScalar, { description: 'The part as it came.' })
  json!: unknown;
}

/** All kinds: the schema's builder does not see those that only the members of other interfaces refer to. */
export const contentPartTypes = [
  InputTextType,
  InputImageType,
  InputFileType,
  OutputTextType,
  RefusalType,
  ReasoningTextType,
  SummaryTextType,
  OtherContentPartType,
] as const;
