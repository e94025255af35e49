import { Field, ID, Int, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { BigIntScalar, DateTimeScalar } from '../scalars.js';
import { defineEnum } from './define-enum.js';
import { NodeType } from './node.type.js';
import { definePayload } from './payload.types.js';

export const BudgetPeriodEnum = defineEnum('BudgetPeriod', 'The time over which a budget counts.', {
  TOTAL: ['total', 'For ever: it never starts anew.'],
  DAY: ['day', 'A calendar day.'],
  WEEK: ['week', 'A week, from Monday on.'],
  MONTH: ['month', 'A calendar month.'],
  ROLLING: ['rolling', 'The last so many seconds, whenever one looks.'],
});

export const BudgetScopeEnum = defineEnum('BudgetScope', 'What a budget limits.', {
  PROJECT: ['project', 'Everything the project does.'],
  KEY: ['key', 'One key.'],
  END_USER: ['end_user', 'Calls that name an end user as `safetyIdentifier` or `user`, or are made with its token.'],
  LABEL: ['label', 'Calls that name a `label` in their metadata.'],
});

@ObjectType('Budget', {
  implements: NodeType,
  description: 'A money limit over a time. Amounts are nano-units (10⁻⁹ of the currency).',
})
export class BudgetType {
  @Field(() => ID, { description: 'Id of the budget, `bdgt_…`.' })
  id!: string;

  @Field(() => BudgetScopeEnum, { description: 'What it limits.' })
  scope!: string;

  @Field(() => ID, { nullable: true, description: 'The key, for budgets on keys.' })
  keyId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The end user or the label; null with these scopes: each of them for itself.',
  })
  subject!: string | null;

  @Field(() => BudgetPeriodEnum, { description: 'The time over which it counts.' })
  period!: string;

  @Field(() => String, { description: 'Whose days, weeks and months are meant.' })
  timeZone!: string;

  @Field(() => Int, { nullable: true, description: 'Length of the time, for rolling budgets.' })
  rollingSeconds!: number | null;

  @Field(() => BigIntScalar, { description: 'What may be spent in a period.' })
  cap!: bigint;

  @Field(() => Boolean, { description: 'False: it only counts, and refuses nothing.' })
  enforced!: boolean;

  @Field(() => [Int], { description: 'Percentages of the cap whose passing is told.' })
  thresholds!: number[];

  @Field(() => Int, {
    nullable: true,
    description: 'The highest threshold passed in the present period; null for none.',
  })
  thresholdReached!: number | null;

  @Field(() => BigIntScalar, { description: 'What has been spent in the present period.' })
  settled!: bigint;

  @Field(() => BigIntScalar, { description: 'What is held for runs that have not ended.' })
  reserved!: bigint;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the present period ends; null if it never does.' })
  resetsAt!: Date | null;
}

export const BudgetConnection = defineConnection('Budget', 'budgets', () => BudgetType);

export const CreateBudgetPayload = definePayload('CreateBudgetPayload', 'budget', () => BudgetType, 'The new budget.');
export const UpdateBudgetPayload = definePayload(
  'UpdateBudgetPayload',
  'budget',
  () => BudgetType,
  'The budget as it is now.',
);
export const DeleteBudgetPayload = definePayload(
  'DeleteBudgetPayload',
  'deletedId',
  () => ID,
  'Id of the budget that is gone.',
);
