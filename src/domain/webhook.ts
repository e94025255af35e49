import { toPublicId } from './ids.js';

/** What can be subscribed to: the ends of background responses (Responses API, Webhooks). */
export const WEBHOOK_EVENT_TYPES = [
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** A URL of the project that is told when background responses end. */
export interface WebhookEndpoint {
  projectId: string;
  id: string;
  name: string;
  url: string;
  eventTypes: WebhookEventType[];
  /** The last characters of the signing secret. */
  secretHint: string;
  /** Null while events are sent; else why they are not. */
  disabledReason: string | null;
  createdAtMs: number;
  updatedAtMs: number;
}

export type WebhookDeliveryStatus = 'pending' | 'succeeded' | 'failed';

/** One event for one endpoint, with what became of it. */
export interface WebhookDelivery {
  projectId: string;
  id: string;
  endpointId: string;
  eventId: string;
  eventType: WebhookEventType;
  responseId: string;
  status: WebhookDeliveryStatus;
  attempts: number;
  /** HTTP status of the last answer, or null when there was none. */
  lastStatusCode: number | null;
  /** Why the last attempt failed, or null. */
  lastError: string | null;
  /** When the event happened. */
  createdAtMs: number;
  lastAttemptAtMs: number | null;
}

/** The body of a delivery: what happened to which response. The receiver reads the response itself. */
export function printWebhookEvent(
  event: Pick<WebhookDelivery, 'eventId' | 'eventType' | 'responseId' | 'createdAtMs'>,
): string {
  return JSON.stringify({
    id: toPublicId('event', event.eventId),
    object: 'event',
    created_at: Math.floor(event.createdAtMs / 1000),
    type: event.eventType,
    data: { id: toPublicId('response', event.responseId) },
  });
}
