import type { Budget, BudgetState } from './budget.js';
import type { RateLimitSettings } from './rate-limit-settings.js';

/** A key as people know it. The key itself is shown once, when it is made or rotated, and is kept as a hash only. */
export interface ApiKey {
  projectId: string;
  id: string;
  name: string;
  /** The last characters of the key, to tell keys apart. */
  hint: string;
  scopes: readonly string[];
  /** Names of the models it may use, `*` at the end standing for any rest; null: all of them. */
  models: readonly string[] | null;
  /** Beside those of the config file. */
  rateLimits: readonly RateLimitSettings[];
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  /** To the minute. */
  lastUsedAtMs: number | null;
  /** Until when the key from before the last rotation works too. */
  oldKeyUntilMs: number | null;
  budgets: readonly (Budget & BudgetState & { resetsAtMs: number | null })[];
}

export interface Project {
  id: string;
  name: string;
  createdAtMs: number;
}

/** How far a key's life has come. */
export function keyState(key: ApiKey, nowMs: number): 'live' | 'expired' | 'revoked' {
  if (key.revokedAtMs !== null) return 'revoked';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'live';
}
