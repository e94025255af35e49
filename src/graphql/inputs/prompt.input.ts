import { Extensions, Field, Float, ID, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { ONE_OF } from './one-of.js';
import { ToolInput } from './tool.input.js';

@Extensions(ONE_OF)
@InputType('PromptBy', { description: 'Names a prompt: exactly one of the two.' })
export class PromptBy {
  @Field(() => ID, { nullable: true, description: 'Its id.' })
  id?: string;

  @Field(() => String, { nullable: true, description: 'Its name.' })
  name?: string;
}

/** What creating and updating have in common. Absent fields stay as they are; null clears one. */
@InputType()
abstract class PromptFieldsInput {
  @Field(() => String, { nullable: true, description: 'Name for people.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'Template text with `{{variable}}` placeholders.' })
  instructions?: string | null;

  @Field(() => String, { nullable: true, description: 'Model to use when a request names none.' })
  model?: string | null;

  @Field(() => Float, { nullable: true, description: 'Temperature to use when a request names none, 0 to 2.' })
  temperature?: number | null;

  @Field(() => [ToolInput], { nullable: true, description: 'Tools to offer when a request names none.' })
  tools?: ToolInput[] | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Variables by name with their defaults; null makes one required.',
  })
  variables?: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Up to 16 keys (of 64 characters) with text values (of 512).',
  })
  metadata?: unknown;
}

@InputType('CreatePromptInput', { description: 'A new prompt.' })
export class CreatePromptInput extends PromptFieldsInput {
  @Field(() => String, { description: 'Name that requests may use instead of the id. Unique in the project.' })
  name!: string;
}

@InputType('UpdatePromptInput', {
  description: 'The next version of a prompt: given fields change, others stay, null clears one.',
})
export class UpdatePromptInput extends PromptFieldsInput {
  @Field(() => ID, { description: 'Id of the prompt.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A new name.' })
  name?: string | null;
}
