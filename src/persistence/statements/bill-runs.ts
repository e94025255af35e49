import type { ToolCalls } from '../../domain/tool-calls.js';
import type { Queryable } from '../database.js';
import { recordset } from './recordset.js';

/** What a run used and what it costs: a row of the ledger. */
export interface Bill {
  projectId: string;
  responseId: string;
  ledgerId: string;
  /** How the run ended; the ledger does not keep it. */
  status: 'completed' | 'incomplete' | 'failed' | 'cancelled';
  keyId: string;
  /** Whose rows it wrote. */
  endUser: string | null;
  /** Whom it is billed to, and what it was for; the ledger's `end_user` and `label`. */
  billedUser: string | null;
  label: string | null;
  /** Calls of tools that ran on this side, by type. */
  toolCalls: ToolCalls | null;
  model: string;
  provider: string;
  usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number; reasoningTokens: number };
  /** Whether the tokens were counted by the gateway because the upstream did not. */
  estimated: boolean;
  /** Nano-units. */
  cost: bigint;
  endedAtMs: number;
}

const bill = recordset('bill', 1, {
  project_id: 'uuid',
  ledger_id: 'uuid',
  response_id: 'uuid',
  key_id: 'uuid',
  end_user: 'text',
  model: 'text',
  provider: 'text',
  input_tokens: 'int',
  cached_input_tokens: 'int',
  output_tokens: 'int',
  reasoning_tokens: 'int',
  estimated: 'boolean',
  cost: 'bigint',
  ended_ms: 'float8',
  label: 'text',
  tool_calls: 'json',
});

const SQL = `
insert into ledger (project_id, id, response_id, key_id, end_user, model, provider, input_tokens, cached_input_tokens,
  output_tokens, reasoning_tokens, estimated, amount, created_at, label, tool_calls)
select project_id, ledger_id, response_id, key_id, end_user, model, provider, input_tokens, cached_input_tokens,
  output_tokens, reasoning_tokens, estimated, cost, to_timestamp(ended_ms / 1000.0), label, tool_calls::jsonb
from ${bill.sql}
on conflict do nothing`;

/** Books runs that have no row of their own: not stored, no money held, in no conversation. Repeating it changes nothing. */
export async function billRuns(db: Queryable, bills: readonly Bill[]): Promise<void> {
  const values = bill.params(
    bills.map((b) => ({
      project_id: b.projectId,
      ledger_id: b.ledgerId,
      response_id: b.responseId,
      key_id: b.keyId,
      end_user: b.billedUser,
      model: b.model,
      provider: b.provider,
      input_tokens: b.usage.inputTokens,
      cached_input_tokens: b.usage.cachedInputTokens,
      output_tokens: b.usage.outputTokens,
      reasoning_tokens: b.usage.reasoningTokens,
      estimated: b.estimated,
      cost: String(b.cost),
      ended_ms: b.endedAtMs,
      label: b.label,
      tool_calls: b.toolCalls === null ? null : JSON.stringify(b.toolCalls),
    })),
  );
  await db.query({ name: 'bill-runs', text: SQL, values });
}
