import type { Principal } from '../../domain/principal.js';
import type { RateLimit } from '../../domain/rate-limit.js';

export type Caller = Pick<Principal, 'projectId' | 'keyId' | 'rateLimits'>;

/** Names what is counted together, beginning with whom it belongs to. */
export function bucketOf({ scope, model }: RateLimit, { projectId, keyId }: Caller, what: string): string {
  const subject = { server: 'server', project: projectId, key: `${projectId}/${keyId}` }[scope];
  return `${subject}/${what}/${model ?? ''}`;
}
