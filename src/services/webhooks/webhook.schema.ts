import { z } from 'zod';
import { WEBHOOK_EVENT_TYPES } from '../../domain/webhook.js';
import { shortText } from '../validation.js';

const EventType = z.enum(WEBHOOK_EVENT_TYPES);
const EventTypes = z
  .array(EventType)
  .min(1)
  .max(64)
  .transform((types) => [...new Set(types)])
  .describe('What it is told of: ends of background responses, budgets that have passed a threshold.');
const Url = shortText(2048).describe('Where events are sent: https, at a public address.');

/** Body of `POST /webhook_endpoints`. */
export const CreateWebhookEndpointBody = z.looseObject({
  name: shortText(256),
  url: Url,
  event_types: EventTypes,
});

/** Body of `POST /webhook_endpoints/{id}`: given fields change, others stay. */
export const UpdateWebhookEndpointBody = z.looseObject({
  name: shortText(256).nullish(),
  url: Url.nullish(),
  event_types: EventTypes.nullish(),
  enabled: z
    .boolean()
    .nullish()
    .describe('False stops events to it; true starts them again, also after repeated failures have stopped them.'),
});

/** Body of `POST /webhook_endpoints/{id}/rotate_secret`. */
export const RotateWebhookSecretBody = z.looseObject({
  keep_old_secret_active_for_24_hours: z
    .boolean()
    .nullish()
    .describe('Sign with both secrets for a day, so that receivers can change over. Default false.'),
});

/** Body of `POST /webhook_endpoints/{id}/test`. */
export const TestWebhookEndpointBody = z.looseObject({ event_type: EventType.describe('Type of the sample event.') });
