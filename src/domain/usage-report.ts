/** By what usage can be summed. `end_user` and `label` are what requests named; empty text stands for none. */
export const USAGE_DIMENSIONS = ['project', 'key', 'model', 'provider', 'end_user', 'label', 'tool'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Lengths of time, as calendars have them. Weeks begin on Monday. */
export const USAGE_BUCKETS = ['hour', 'day', 'week', 'month'] as const;
export type UsageBucket = (typeof USAGE_BUCKETS)[number];

/** Whose usage is asked for. */
export interface UsageReach {
  projectId: string;
  /** Rows by project are those of every project, not of this one alone. */
  everyProject: boolean;
}

export interface UsageFilter {
  /** UUID. */
  keyId?: string;
  model?: string;
  endUser?: string;
  label?: string;
}

/** What was used in one stretch of time by one combination of dimensions. */
export interface UsageRow {
  startMs: number;
  endMs: number;
  dimensions: Partial<Record<UsageDimension, string>>;
  requests: bigint;
  /** Only where rows are by tool; null otherwise. */
  toolCalls: bigint | null;
  /** Null where rows are by tool: a response's tokens belong to no tool. */
  usage: {
    inputTokens: bigint;
    cachedInputTokens: bigint;
    outputTokens: bigint;
    reasoningTokens: bigint;
    /** Nano-units. */
    amount: bigint;
  } | null;
}

/** A bill as it is exported. */
export interface LedgerLine {
  projectId: string;
  id: string;
  responseId: string;
  keyId: string;
  endUser: string | null;
  label: string | null;
  model: string;
  provider: string;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  toolCalls: Record<string, number>;
  estimated: boolean;
  amount: bigint;
  createdAtMs: number;
}
