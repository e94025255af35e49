import type { Principal } from './principal.js';

/** On whose account a call goes, beside its key: what budgets and usage can be asked for. */
export interface Attribution {
  /** The end user a token is bound to; otherwise whom the caller names (`safety_identifier`, or `user`). */
  endUser: string | null;
  /** The caller's own word for what it was for: `metadata.label`. */
  label: string | null;
}

const text = (value: unknown, maxLength: number): string | null =>
  typeof value === 'string' && value !== '' && value.length <= maxLength && !value.includes('\u0000') ? value : null;

/** Reads it from a request, or from what is kept of one: its settings and its metadata. What cannot be a name is none. */
export function attributionOf(
  principal: Pick<Principal, 'endUser'>,
  request: object,
  metadata: unknown = (request as { metadata?: unknown }).metadata,
): Attribution {
  const { safety_identifier, user } = request as Record<string, unknown>;
  const { label } = (metadata ?? {}) as Record<string, unknown>;
  return {
    endUser: principal.endUser ?? text(safety_identifier, 512) ?? text(user, 512),
    label: text(label, 512),
  };
}
