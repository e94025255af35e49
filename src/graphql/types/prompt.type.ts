import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { type Connection, defineConnection } from '../relay/connection.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { NodeType } from './node.type.js';
import { ToolType } from './tool.type.js';

/** What every version of a prompt says. */
@ObjectType()
abstract class PromptTextType {
  @Field(() => String, { nullable: true, description: 'Name for people.' })
  displayName!: string | null;

  @Field(() => String, { nullable: true, description: 'Template text with `{{variable}}` placeholders.' })
  instructions!: string | null;

  @Field(() => String, { nullable: true, description: 'Model used when a request names none.' })
  model!: string | null;

  @Field(() => Float, { nullable: true, description: 'Temperature used when a request names none.' })
  temperature!: number | null;

  @Field(() => [ToolType], { description: 'Tools offered when a request names none.' })
  tools!: ToolType[];

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Declared variables and their defaults; null makes one required.',
  })
  variables!: Record<string, unknown> | null;

  @Field(() => JsonScalar, { nullable: true, description: 'The caller’s own keys and values.' })
  metadata!: Record<string, string> | null;
}

@ObjectType('PromptVersion', { implements: NodeType, description: 'What one version of a prompt says.' })
export class PromptVersionType extends PromptTextType {
  @Field(() => ID, {
    description: 'Id of the version, `pmptv_…`: what `node` takes. Requests name it by prompt and number.',
  })
  id!: string;

  @Field(() => Int, { description: 'Number of the version; the first is 1.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When this version was written, in whole seconds.' })
  createdAt!: Date;
}

const PromptVersionConnection = defineConnection('PromptVersion', 'prompt versions', () => PromptVersionType);

@ObjectType('Prompt', {
  implements: NodeType,
  description: 'Instructions kept under a name. Every update writes a new version.',
})
export class PromptType extends PromptTextType {
  @Field(() => ID, { description: 'Id of the prompt, `pmpt_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name that requests may use instead of the id.' })
  name!: string;

  @Field(() => Int, { description: 'Number of the current version, the one shown here.' })
  version!: number;

  @Field(() => PromptVersionConnection, { description: 'All versions, newest first.' })
  versions!: Connection<PromptVersionType>;

  @Field(() => DateTimeScalar, { description: 'When the prompt was created, in whole seconds.' })
  createdAt!: Date;
}

export const PromptConnection = defineConnection('Prompt', 'prompts', () => PromptType);
