import type { Clock } from '../../domain/clock.js';
import type { Item } from '../../domain/item.js';
import type { Owner } from '../../domain/principal.js';
import type { Logger } from '../../observability/logger.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { SchemaChecker } from '../../tools/json-schema/checker.js';
import type { McpConnector } from '../../tools/mcp/connector.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import type { Compactor } from '../compaction/compactor.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { DeltaBeat } from './delta-beat.js';
import type { EventLog } from './event-log.js';
import type { RunStore } from './run-store.js';
import type { ThoughtSeal } from './thought-seal.js';

/** What every run works with. */
export interface RunnerOptions {
  store: RunStore;
  eventLog: EventLog;
  beat: DeltaBeat;
  counter: TokenCounter;
  matcher: PatternMatcher;
  thoughts: ThoughtSeal;
  schemas: SchemaChecker;
  compactor: Compactor;
  compactions: CompactionItems;
  connector: McpConnector;
  clock: Clock;
  logger: Logger;
  owner: string;
  limits: RunnerLimits;
  /** Appends the items of an unstored run to its conversation. */
  appendToConversation(owner: Owner, conversationId: string, items: Item[]): Promise<void>;
}

export interface RunnerLimits {
  /** How long a run's row counts as alive without a heartbeat. */
  leaseMs: number;
  /** How long an unstored run's events stay readable in this process after its end. */
  unstoredKeepMs: number;
  /** Model turns in one response, whatever the tools do. */
  maxTurns: number;
  /** A budget that is short cuts answers down to this many tokens before it refuses them; null: it never does. */
  leastOutputTokens: number | null;
}
