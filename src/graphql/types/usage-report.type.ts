import { Field, ID, ObjectType } from 'type-graphql';
import { defineConnection } from '../relay/connection.js';
import { BigIntScalar, DateTimeScalar } from '../scalars.js';
import { defineEnum } from './define-enum.js';

export const UsageBucketEnum = defineEnum('UsageBucket', 'How long each stretch of time is that usage is summed by.', {
  HOUR: ['hour', 'An hour.'],
  DAY: ['day', 'A calendar day.'],
  WEEK: ['week', 'A week, from Monday on.'],
  MONTH: ['month', 'A calendar month.'],
});

export const UsageDimensionEnum = defineEnum('UsageDimension', 'By what usage is told apart.', {
  PROJECT: ['project', 'The project: operators who name none see every one.'],
  KEY: ['key', 'The API key.'],
  MODEL: ['model', 'The model.'],
  PROVIDER: ['provider', 'The upstream that served it.'],
  END_USER: ['end_user', 'Whom requests named as `safetyIdentifier` or `user`.'],
  LABEL: ['label', 'What requests named as `label` in their metadata.'],
  TOOL: ['tool', 'The tool that was called. Rows count calls then, not tokens.'],
});

const NOT_BY_TOOL = 'Null where rows are by tool.';

@ObjectType('UsageReportRow', {
  description:
    'What was used in one stretch of time, by one combination of dimensions. A sum that is made when it is asked for: it has no ' +
    'id and is no `Node`; ask for `usage` again.',
})
export class UsageReportRowType {
  @Field(() => DateTimeScalar, { description: 'Begin of the stretch of time.' })
  startTime!: Date;

  @Field(() => DateTimeScalar, { description: 'Its end, not itself included.' })
  endTime!: Date;

  @Field(() => ID, { nullable: true, description: 'Id of the project, `proj_…`; null unless grouped by it.' })
  projectId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the key, `key_…`; null unless grouped by it.' })
  keyId!: string | null;

  @Field(() => String, { nullable: true, description: 'The model; null unless grouped by it.' })
  model!: string | null;

  @Field(() => String, { nullable: true, description: 'The upstream; null unless grouped by it.' })
  provider!: string | null;

  @Field(() => String, { nullable: true, description: 'The end user; null for none, or unless grouped by it.' })
  endUser!: string | null;

  @Field(() => String, { nullable: true, description: 'The label; null for none, or unless grouped by it.' })
  label!: string | null;

  @Field(() => String, { nullable: true, description: 'The tool; null unless grouped by it.' })
  tool!: string | null;

  @Field(() => BigIntScalar, { description: 'Responses, chat completions and embeddings.' })
  requests!: bigint;

  @Field(() => BigIntScalar, { nullable: true, description: 'Calls of the tool; null unless grouped by it.' })
  toolCalls!: bigint | null;

  @Field(() => BigIntScalar, { nullable: true, description: `Input tokens. ${NOT_BY_TOOL}` })
  inputTokens!: bigint | null;

  @Field(() => BigIntScalar, { nullable: true, description: `Input tokens that were cached. ${NOT_BY_TOOL}` })
  cachedInputTokens!: bigint | null;

  @Field(() => BigIntScalar, { nullable: true, description: `Output tokens. ${NOT_BY_TOOL}` })
  outputTokens!: bigint | null;

  @Field(() => BigIntScalar, { nullable: true, description: `Output tokens that were reasoning. ${NOT_BY_TOOL}` })
  reasoningTokens!: bigint | null;

  @Field(() => BigIntScalar, { nullable: true, description: `What it cost, in nano-units. ${NOT_BY_TOOL}` })
  amount!: bigint | null;
}

export const UsageReportConnection = defineConnection('UsageReportRow', 'usage', () => UsageReportRowType);

@ObjectType('UsageEvent', { description: 'Usage as it stood at a moment.' })
export class UsageEventType {
  @Field(() => DateTimeScalar, { description: 'When it was read.' })
  at!: Date;

  @Field(() => [UsageReportRowType], { description: 'What `usage` gives for the same input: its first 100 rows.' })
  rows!: UsageReportRowType[];
}
