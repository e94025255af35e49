export type { BeginOutcome, RunBeginning } from './begin-runs.js';
export type { Bill } from './bill-runs.js';
export type { RunEnding } from './finish-runs.js';
