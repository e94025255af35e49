import { z } from 'zod';
import { allScopes } from '../../domain/scope.js';
import { shortText } from '../validation.js';
import { RateLimits } from './rate-limits.schema.js';

const Scopes = z
  .array(z.enum(allScopes))
  .min(1)
  .max(64)
  .transform((scopes) => [...new Set(scopes)])
  .describe('What the key may do: `admin`, `read`, `write`, or `<resource>:read` and `<resource>:write`.');
const Models = z
  .array(shortText(256))
  .min(1)
  .max(200)
  .describe('Models the key may use; `*` at the end of a name stands for any rest. Null: all of them.');
const Seconds = z.int().min(0).max(253_402_300_799);

/** Body of `POST /api_keys`. */
export const CreateApiKeyBody = z.strictObject({
  name: shortText(256),
  scopes: Scopes.nullish(),
  models: Models.nullish(),
  rate_limits: RateLimits.nullish(),
  expires_at: Seconds.nullish().describe('When it stops working, in seconds since 1970. Default: never.'),
});

/** Body of `POST /api_keys/{id}`: given fields change, others stay. */
export const UpdateApiKeyBody = z.strictObject({
  name: shortText(256).nullish(),
  scopes: Scopes.nullish(),
  models: Models.nullish(),
  rate_limits: RateLimits.nullish(),
  expires_at: Seconds.nullish().describe('When it stops working, in seconds since 1970. Null: never.'),
});

/** Body of `POST /api_keys/{id}/rotate`. */
export const RotateApiKeyBody = z.strictObject({
  old_key_expires_at: Seconds.nullish().describe(
    'Until when the present key works beside the new one, in seconds since 1970. Default: it stops at once.',
  ),
});

/** Body of `POST /projects` and `POST /projects/{id}`. */
export const ProjectBody = z.strictObject({ name: shortText(256) });
