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
  mcp_call_seconds: z
    .number()
    .min(1)
    .max(3600)
    .optional()
    .describe('How long one call of an MCP tool may take. Default 120.'),
  max_runs: z.int().min(1).max(1_000_000).optional().describe('Runs at once in one process. Default 10000.'),
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
