import { Field, ID, ObjectType } from 'type-graphql';
import { BigIntScalar, DateTimeScalar } from '../scalars.js';
import { BudgetPeriodEnum } from './enums.js';

@ObjectType('ApiKey', { description: 'The key a request was made with. The key itself is never shown again.' })
export class ApiKeyType {
  @Field(() => ID, { description: 'Id of the key, `key_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name the key was given when it was made.' })
  name!: string;

  @Field(() => String, { description: 'The last characters of the key, to tell keys apart.' })
  hint!: string;

  @Field(() => [String], { description: 'What the key may do.' })
  scopes!: string[];

  @Field(() => String, {
    nullable: true,
    description: 'The end user the key is bound to; null for the application’s own keys.',
  })
  endUser!: string | null;
}

@ObjectType('Project', { description: 'What keys, responses, conversations and prompts belong to.' })
export class ProjectType {
  @Field(() => ID, { description: 'Id of the project, `proj_…`.' })
  id!: string;

  @Field(() => String, { description: 'Name of the project.' })
  name!: string;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;
}

@ObjectType('Budget', { description: 'A money limit of a key. Amounts are nano-units (10⁻⁹ of the currency).' })
export class BudgetType {
  @Field(() => ID, { description: 'Id of the budget, `bdgt_…`.' })
  id!: string;

  @Field(() => BudgetPeriodEnum, { description: 'The time over which it counts.' })
  period!: string;

  @Field(() => BigIntScalar, { description: 'What may be spent in a period.' })
  cap!: bigint;

  @Field(() => BigIntScalar, { description: 'What has been spent in the present period.' })
  settled!: bigint;

  @Field(() => BigIntScalar, { description: 'What is held for runs that have not ended.' })
  reserved!: bigint;
}

@ObjectType('Viewer', { description: 'Who is asking.' })
export class ViewerType {
  @Field(() => ApiKeyType, { description: 'The key of this request.' })
  key!: ApiKeyType;

  @Field(() => ProjectType, { description: 'The project the key belongs to.' })
  project!: ProjectType;

  @Field(() => [BudgetType], { description: 'What the key may spend; empty means without limit.' })
  budgets!: BudgetType[];
}
