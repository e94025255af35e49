import { z } from 'zod';
import { USAGE_BUCKETS, USAGE_DIMENSIONS } from '../../domain/usage-report.js';
import { queryInteger, shortText } from '../validation.js';

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
};

/** A time zone by its IANA name. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { message: "use a name of the IANA time zone database, such as 'Europe/Berlin'." });

const seconds = queryInteger(0, 253_402_300_799);

/** Which stretch of time; bounds are taken to whole quarter hours, outwards. */
const UsageRange = z.object({
  start_time: seconds.describe('Begin, in Unix seconds.'),
  end_time: seconds.optional().describe('End, in Unix seconds, not itself included. Default: now.'),
});

const names = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').filter((name) => name !== '') : value;

const Dimensions = z.preprocess(names, z.array(z.enum(USAGE_DIMENSIONS)).max(USAGE_DIMENSIONS.length));

/** Which bills are exported. */
export const UsageExportQuery = UsageRange.extend({
  group_by: z
    .preprocess(names, z.array(z.enum(['project'])).max(1))
    .optional()
    .describe('project: one project after the other, with a column that names it. Default: as they were made.'),
});

/** What is asked of usage. */
export const UsageQueryBody = UsageRange.extend({
  bucket: z.enum(USAGE_BUCKETS).optional().describe('One row per stretch of time. Default: the whole time is one.'),
  time_zone: TimeZone.optional().describe('Whose hours, days, weeks and months are meant. Default UTC.'),
  group_by: Dimensions.optional().describe(
    'Names separated by commas: project, key, model, provider, end_user, label, tool.',
  ),
  key_id: z.string().max(64).optional().describe('Only of this key, `key_…`.'),
  model: shortText(256).optional().describe('Only of this model.'),
  end_user: shortText(512).optional().describe('Only of this end user.'),
  label: shortText(512).optional().describe('Only of this label.'),
  limit: queryInteger(1, 1000).optional().describe('1 to 1000 rows, default 100.'),
  after: z.string().max(8192).optional().describe('The `last_id` of the page before.'),
});
