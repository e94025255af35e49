import type { BudgetScope } from './budget.js';
import type { BudgetPeriod } from './budget-window.js';
import { toPublicId } from './ids.js';
import { printAmount } from './money.js';

/** What can be subscribed to: the ends of background responses (Responses API, Webhooks), and budgets that are nearly spent. */
export const WEBHOOK_EVENT_TYPES = [
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
  'budget.threshold_reached',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** Of a budget, at the moment it passed a threshold. Amounts are nano-units as text. */
export interface ThresholdNotice {
  scope: BudgetScope;
  /** The end user or the label; null for other scopes. */
  subject: string | null;
  period: BudgetPeriod;
  percent: number;
  cap: string;
  settled: string;
  windowStartMs: number;
}

/** A URL of the project that is told when background responses end and budgets are nearly spent. */
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
  /** What it happened to: a response, or a budget with what was true of it then. */
  responseId: string | null;
  budgetId: string | null;
  notice: ThresholdNotice | null;
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

/** What is told of an event. */
export type WebhookEvent = Pick<
  WebhookDelivery,
  'eventId' | 'eventType' | 'responseId' | 'budgetId' | 'notice' | 'createdAtMs'
>;

/** The body of a delivery: what happened to which object. The receiver reads a response itself. */
export function printWebhookEvent(event: WebhookEvent): string {
  return JSON.stringify({
    id: toPublicId('event', event.eventId),
    object: 'event',
    created_at: Math.floor(event.createdAtMs / 1000),
    type: event.eventType,
    data: event.responseId === null ? toBudgetData(event) : { id: toPublicId('response', event.responseId) },
  });
}

const toBudgetData = ({ budgetId, notice }: WebhookEvent) => ({
  id: toPublicId('budget', budgetId ?? ''),
  ...(notice === null
    ? {}
    : {
        scope: notice.scope,
        subject: notice.subject,
        period: notice.period,
        threshold: notice.percent,
        limit: printAmount(BigInt(notice.cap)),
        spent: printAmount(BigInt(notice.settled)),
        window_start: Math.floor(notice.windowStartMs / 1000),
      }),
});
