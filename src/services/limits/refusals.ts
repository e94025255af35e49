import { errors, type GatewayError } from '../../domain/errors.js';
import { type RateLimit, type RateState, rateHeaders } from '../../domain/rate-limit.js';
import type { LimitedRoom } from './rooms.js';
import type { Charge, Wanted } from './windows.js';

/** Nobody knows when a run will end; this is soon enough to look again. */
const LOOK_AGAIN_MS = 1000;

const whose = ({ scope, model }: RateLimit): string =>
  `${{ server: 'this server', project: 'this project', key: 'this key' }[scope]}${model === null ? '' : ` on ${model}`}`;

/** A window is used up. */
export const tooFast = ({ limit, kind, window, points, remaining, resetMs }: Charge, state: RateState): GatewayError =>
  errors.rateLimited(
    `Rate limit reached for ${whose(limit)}: ${window.perMinute} ${kind} per minute.` +
      (kind === 'tokens' ? ` This request may use ${points}, and ${remaining} are left.` : ''),
    {
      type: kind,
      retryAfterMs: Math.max(1, Math.ceil(resetMs)),
      headers: rateHeaders(state),
      details: { limit: kind },
    },
  );

/** No window will ever hold it: trying again is useless. */
export const tooLarge = ({ limit, kind, window, least }: Wanted): GatewayError =>
  errors.rateLimited(
    `This request is too large for ${whose(limit)}: it has ${least} ${kind}, and ${window.most} are let through at once.`,
    { type: kind, headers: { 'x-should-retry': 'false' }, details: { limit: kind } },
  );

/** As much goes on as may at once. */
export const busy = ({ limit, kind, most }: LimitedRoom): GatewayError =>
  errors.rateLimited(`At most ${most} ${kind} of ${whose(limit)} may go on at once.`, {
    retryAfterMs: LOOK_AGAIN_MS,
    details: { limit: `concurrent_${kind}` },
  });
