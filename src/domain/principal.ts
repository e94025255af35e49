import type { Budget } from './budget.js';
import type { RateLimit } from './rate-limit.js';

/** Who is asking. Comes first in every service call; decides which rows exist. */
export interface Principal {
  projectId: string;
  keyId: string;
  scopes: readonly string[];
  /** Names of the models it may use, `*` at the end standing for any rest; null: all of them. */
  models: readonly string[] | null;
  /** Set for tokens bound to one end user. */
  endUser: string | null;
  /** What limits every call of this key. */
  budgets: readonly Budget[];
  /** Whether the project has budgets on end users or labels, which apply to the calls that name one. */
  hasSubjectBudgets: boolean;
  /** The key's own; others are in the config file. */
  rateLimits: readonly RateLimit[];
}

/** Whose rows: those of a project or, for tokens bound to one end user, that user's alone. */
export type Owner = Pick<Principal, 'projectId' | 'endUser'>;

/** Whether the caller may use the model of this name. */
export const mayUseModel = ({ models }: Pick<Principal, 'models'>, name: string): boolean =>
  models === null ||
  models.some((model) => (model.endsWith('*') ? name.startsWith(model.slice(0, -1)) : model === name));
