import type { ApiKey, Project } from '../../domain/api-key.js';
import type { AuditEntry } from '../../domain/audit.js';
import { type Budget, type BudgetState, thresholdReached } from '../../domain/budget.js';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import type { PriceVersion, StoragePriceVersion } from '../../domain/price-version.js';
import type { RateLimitSettings } from '../../domain/rate-limit-settings.js';
import type { ApiKeyType, AuditEntryType, ProjectType, RateLimitType } from '../types/access.type.js';
import type { BudgetType } from '../types/budget.type.js';
import type { PriceType } from '../types/price.type.js';
import type { StoragePriceType } from '../types/storage-price.type.js';
import { wholeSeconds } from './printing.js';

type ShownBudget = Budget & BudgetState & { keyId: string | null; resetsAtMs: number | null };

export const toBudgetType = (budget: ShownBudget): BudgetType => ({
  id: toPublicId('budget', budget.id),
  scope: budget.scope,
  keyId: budget.keyId === null ? null : toPublicId('key', budget.keyId),
  subject: budget.subject,
  period: budget.period,
  timeZone: budget.timeZone,
  rollingSeconds: budget.rollingSeconds,
  cap: budget.cap,
  enforced: budget.enforced,
  thresholds: [...budget.thresholds],
  thresholdReached: thresholdReached(budget, Date.now()),
  settled: budget.settled,
  reserved: budget.reserved,
  resetsAt: budget.resetsAtMs === null ? null : new Date(budget.resetsAtMs),
});

const maybeSeconds = (epochMs: number | null): Date | null => (epochMs === null ? null : wholeSeconds(epochMs));

const toRateLimitType = (limit: RateLimitSettings): RateLimitType => ({
  model: limit.model ?? null,
  requestsPerMinute: limit.requests_per_minute ?? null,
  burst: limit.burst ?? null,
  tokensPerMinute: limit.tokens_per_minute ?? null,
  tokenBurst: limit.token_burst ?? null,
  concurrentRuns: limit.concurrent_runs ?? null,
  concurrentStreams: limit.concurrent_streams ?? null,
});

export const toApiKeyType = (key: ApiKey, endUser: string | null = null): ApiKeyType => ({
  id: toPublicId('key', key.id),
  name: key.name,
  hint: key.hint,
  scopes: key.scopes,
  models: key.models,
  rateLimits: key.rateLimits.map(toRateLimitType),
  endUser,
  budgets: key.budgets.map((budget) => toBudgetType({ ...budget, keyId: budget.scope === 'key' ? key.id : null })),
  createdAt: wholeSeconds(key.createdAtMs),
  expiresAt: maybeSeconds(key.expiresAtMs),
  revokedAt: maybeSeconds(key.revokedAtMs),
  lastUsedAt: maybeSeconds(key.lastUsedAtMs),
  oldKeyExpiresAt: maybeSeconds(key.oldKeyUntilMs),
});

export const toProjectType = (project: Project): ProjectType => ({
  id: toPublicId('project', project.id),
  name: project.name,
  createdAt: wholeSeconds(project.createdAtMs),
});

export const toAuditEntryType = (entry: AuditEntry): AuditEntryType => ({
  ...entry,
  id: toPublicId('audit', entry.id),
  keyId: entry.keyId === null ? null : toPublicId('key', entry.keyId),
  createdAt: new Date(entry.createdAtMs),
});

export const toPriceType = ({ id, model, price, effectiveAtMs, createdAtMs }: PriceVersion): PriceType => ({
  id: toPublicId('price', id),
  model,
  input: printAmount(price.input),
  cachedInput: printAmount(price.cachedInput),
  output: printAmount(price.output),
  reasoning: printAmount(price.reasoning),
  toolCalls: Object.entries(price.toolCalls).map(([tool, amount]) => ({ tool, amount: printAmount(amount) })),
  effectiveAt: wholeSeconds(effectiveAtMs),
  createdAt: wholeSeconds(createdAtMs),
});

export const toStoragePriceType = ({
  id,
  gbDay,
  effectiveAtMs,
  createdAtMs,
}: StoragePriceVersion): StoragePriceType => ({
  id: toPublicId('storagePrice', id),
  gbDay: printAmount(gbDay),
  effectiveAt: wholeSeconds(effectiveAtMs),
  createdAt: wholeSeconds(createdAtMs),
});
