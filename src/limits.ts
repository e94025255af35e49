import type { AntiphonConfig } from './config/schema/index.js';
import type { KnowledgeLimits } from './services/knowledge/index.js';

/** Times and numbers that bound what the server does. */
export interface Limits extends KnowledgeLimits {
  leaseMs: number;
  graceMs: number;
  maxRuns: number;
  /** Requests and writes that may wait for the database before new work is refused. */
  maxDatabaseQueue: number;
  /** How long a write may have waited for the database, in milliseconds; null: as long as it takes. */
  maxDatabaseDelayMs: number | null;
  /** How late the event loop may be all the time before new work is refused; null: it does not matter. */
  maxLoopDelayMs: number | null;
  maxBackgroundRuns: number;
  maxQueuedRuns: number;
  /** From one beat of a stream to its next; what its model says in between becomes one event. */
  coalesceMs: number;
  flushPauseMs: number;
  unstoredKeepMs: number;
  maxTurns: number;
  /** How long an MCP server may take to be reached and list its tools. */
  mcpListMs: number;
  /** How long one call of an MCP tool may take. */
  mcpCallMs: number;
  /** How long a stopping process waits for its runs to end by themselves. */
  drainMs: number;
  /** Tokens to which a short budget cuts an answer before it refuses it; null: it never does. */
  leastOutputTokens: number | null;
  /** What 10⁹ bytes in vector stores cost for a day, in nano-units. */
  storageGbDay: bigint;
  webhookRetries: number;
  webhookRetrySeconds: number;
}

const defaultLimits: Omit<Limits, keyof KnowledgeLimits> = {
  leaseMs: 20_000, // a dead process's runs are ended within 30 s: this, one beat, and the sweep
  graceMs: 30_000,
  maxRuns: 10_000,
  maxDatabaseQueue: 5000,
  maxDatabaseDelayMs: 500, // a disk may hold its breath for less
  maxLoopDelayMs: 250, // an answer takes a handful of turns
  maxBackgroundRuns: 200,
  maxQueuedRuns: 10_000,
  coalesceMs: 20, // nobody reads faster, and half the events means half the writes
  flushPauseMs: 5, // a third of the CPU of writing at once, for 2-3 ms
  unstoredKeepMs: 60_000,
  maxTurns: 16,
  leastOutputTokens: 256,
  storageGbDay: 0n,
  mcpListMs: 15_000,
  mcpCallMs: 120_000,
  drainMs: 8_000,
  webhookRetries: 14, // with doubling pauses, a day and a half
  webhookRetrySeconds: 5,
};

/** The limits of a configuration; `overrides` are for tests. */
export function limitsOf({ limits, money, knowledge }: AntiphonConfig, overrides: Partial<Limits> = {}): Limits {
  return {
    ...defaultLimits,
    ...(limits.grace_seconds === undefined ? {} : { graceMs: limits.grace_seconds * 1000 }),
    ...(limits.drain_seconds === undefined ? {} : { drainMs: limits.drain_seconds * 1000 }),
    ...(limits.lease_seconds === undefined ? {} : { leaseMs: limits.lease_seconds * 1000 }),
    ...(limits.mcp_call_seconds === undefined ? {} : { mcpCallMs: limits.mcp_call_seconds * 1000 }),
    ...(limits.max_runs === undefined ? {} : { maxRuns: limits.max_runs }),
    ...(limits.database_queue === undefined ? {} : { maxDatabaseQueue: limits.database_queue }),
    ...(limits.database_delay_ms === undefined ? {} : { maxDatabaseDelayMs: limits.database_delay_ms }),
    ...(limits.event_loop_delay_ms === undefined ? {} : { maxLoopDelayMs: limits.event_loop_delay_ms }),
    ...(limits.background_runs === undefined ? {} : { maxBackgroundRuns: limits.background_runs }),
    ...(limits.queued_runs === undefined ? {} : { maxQueuedRuns: limits.queued_runs }),
    leastOutputTokens: money.least_output_tokens,
    storageGbDay: money.vector_store_gb_day ?? 0n,
    maxFileBytes: knowledge.max_file_bytes,
    maxProjectBytes: knowledge.max_project_bytes,
    maxProjectFiles: knowledge.max_project_files,
    maxProjectStores: knowledge.max_project_vector_stores,
    maxProjectChunks: knowledge.max_project_chunks,
    refusesUnknownStores: knowledge.unknown_vector_stores === 'not_found',
    ...overrides,
  };
}
