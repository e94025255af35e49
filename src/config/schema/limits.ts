import { z } from 'zod';

export const LimitsSchema = z.strictObject({
  grace_seconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe('How long a run goes on after its last client has left. Default 30.'),
  drain_seconds: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe('How long a stopping server waits for its runs to end. Default 8.'),
  lease_seconds: z
    .number()
    .min(1)
    .max(600)
    .optional()
    .describe(
      'How long a process may be silent before others end its runs and free its places. It beats four times as often. Default 20.',
    ),
  mcp_call_seconds: z
    .number()
    .min(1)
    .max(3600)
    .optional()
    .describe('How long one call of an MCP tool may take. Default 120.'),
  max_runs: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Runs and other model calls at once in one process; more are answered 503. Default 10000.'),
  database_queue: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'Keys, beginnings and ends of runs that may wait for the database in one process; meanwhile new work is answered 503. Default 5000.',
    ),
  database_delay_ms: z
    .int()
    .min(10)
    .max(60_000)
    .nullable()
    .optional()
    .describe(
      'New work is answered 503 while the beginning or end of a run has waited longer than this to be written, or would have to; null: never. Default 500.',
    ),
  event_loop_delay_ms: z
    .int()
    .min(10)
    .max(60_000)
    .nullable()
    .optional()
    .describe(
      'New work is answered 503 while the process has been later than this for a second on end; null: never. Default 250.',
    ),
  background_runs: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Background runs at once in one process; others wait. 0: this process runs none. Default 200.'),
  queued_runs: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Background runs of one project that may wait. Default 10000.'),
});
