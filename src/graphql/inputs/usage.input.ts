import { Field, ID, InputType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';
import { UsageBucketEnum, UsageDimensionEnum } from '../types/usage-report.type.js';
import { OTHER_PROJECT } from './access.input.js';

@InputType('UsageReportInput', { description: 'Which usage, and how it is summed up.' })
export class UsageReportInput {
  @Field(() => DateTimeScalar, { description: 'Begin, taken to the quarter hour before.' })
  startTime!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'End, taken to the quarter hour after. Default: now.' })
  endTime?: Date | null;

  @Field(() => UsageBucketEnum, {
    nullable: true,
    description: 'One row per stretch of time: a time series. Default: the whole time is one.',
  })
  bucket?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whose hours, days, weeks and months are meant, such as `Europe/Berlin`. Default UTC.',
  })
  timeZone?: string | null;

  @Field(() => [UsageDimensionEnum], { nullable: true, description: 'By what rows are told apart. Default: nothing.' })
  groupBy?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only of this key, `key_…`.' })
  keyId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only of this model.' })
  model?: string | null;

  @Field(() => String, { nullable: true, description: 'Only of this end user.' })
  endUser?: string | null;

  @Field(() => String, { nullable: true, description: 'Only of this label.' })
  label?: string | null;

  @Field(() => ID, { nullable: true, description: OTHER_PROJECT })
  projectId?: string | null;
}

/** The input as REST's query; what is null is not given. */
export const toUsageQuery = (input: UsageReportInput): object =>
  Object.fromEntries(
    Object.entries({
      start_time: Math.floor(input.startTime.getTime() / 1000),
      end_time: input.endTime && Math.ceil(input.endTime.getTime() / 1000),
      bucket: input.bucket,
      time_zone: input.timeZone,
      group_by: input.groupBy,
      key_id: input.keyId,
      model: input.model,
      end_user: input.endUser,
      label: input.label,
    }).filter(([, value]) => value !== null && value !== undefined),
  );
