import { Field, ID, InputType, Int } from 'type-graphql';
import { BudgetPeriodEnum, BudgetScopeEnum } from '../types/budget.type.js';
import { OTHER_PROJECT } from './access.input.js';

const LIMIT = 'What may be spent in a period, as a decimal in the currency such as `"2.50"`.';
const ENFORCED = 'False: it only counts. Default true: what it cannot cover is refused.';
const THRESHOLDS =
  'Percentages of the limit, such as `[50, 80, 100]`: passing one is told to webhook endpoints, once in a period, and to callers by the header `x-budget-threshold`.';

@InputType('CreateBudgetInput', { description: 'What is limited, over which time, and how much may be spent.' })
export class CreateBudgetInput {
  @Field(() => BudgetScopeEnum, { description: 'What is limited.' })
  scope!: string;

  @Field(() => ID, { nullable: true, description: 'The key, `key_…`; with the scope KEY.' })
  keyId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The end user or the label, by name. Default with these scopes: each of them for itself.',
  })
  subject?: string | null;

  @Field(() => BudgetPeriodEnum, { description: 'The time over which it counts.' })
  period!: string;

  @Field(() => String, { description: LIMIT })
  limit!: string;

  @Field(() => String, { nullable: true, description: 'Whose days, weeks and months are meant. Default UTC.' })
  timeZone?: string | null;

  @Field(() => Int, { nullable: true, description: '60 to 31622400; with the period ROLLING.' })
  rollingSeconds?: number | null;

  @Field(() => Boolean, { nullable: true, description: ENFORCED })
  enforced?: boolean | null;

  @Field(() => [Int], { nullable: true, description: THRESHOLDS })
  thresholds?: number[] | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

@InputType('UpdateBudgetInput', { description: 'Which budget, and what changes.' })
export class UpdateBudgetInput {
  @Field(() => ID, { description: 'Id of the budget, `bdgt_…`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: LIMIT })
  limit?: string | null;

  @Field(() => Boolean, { nullable: true, description: ENFORCED })
  enforced?: boolean | null;

  @Field(() => [Int], { nullable: true, description: THRESHOLDS })
  thresholds?: number[] | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}
