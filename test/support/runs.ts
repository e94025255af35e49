import { newUuid } from '../../src/domain/ids.js';
import { noUsage } from '../../src/domain/usage.js';
import type { RunBeginning, RunEnding } from '../../src/persistence/statements/index.js';

/** The beginning of a stored run with one input item, in no conversation and on no budget. */
export const runBeginning = (projectId: string, over: Partial<RunBeginning> = {}): RunBeginning => ({
  projectId,
  responseId: newUuid(),
  owner: newUuid(),
  leaseMs: 1000,
  keyId: newUuid(),
  endUser: null,
  status: 'in_progress',
  model: 'any',
  createdAtMs: Date.now(),
  expiresAtMs: null,
  previousResponseId: null,
  conversationId: null,
  promptId: null,
  promptVersion: null,
  background: false,
  logged: false,
  stored: true,
  settings: '{}',
  metadata: '{}',
  newThreadId: newUuid(),
  parent: null,
  inputs: [{ id: newUuid(), payload: '{}' }],
  windows: [],
  amount: 0n,
  ...over,
});

/** The end of a run without output. */
export const runEnding = (projectId: string, over: Partial<RunEnding> = {}): RunEnding => ({
  projectId,
  responseId: newUuid(),
  attempt: 1,
  status: 'completed',
  model: 'any',
  endedAtMs: Date.now(),
  error: null,
  incompleteReason: null,
  usage: noUsage,
  lastSequence: null,
  threadId: null,
  inputStart: 0,
  inputs: 0,
  outputs: [],
  appendTo: null,
  events: [],
  endUser: null,
  ledgerId: newUuid(),
  keyId: newUuid(),
  provider: 'p',
  estimated: false,
  cost: 0n,
  ...over,
});
