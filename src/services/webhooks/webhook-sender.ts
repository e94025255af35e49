import { Webhook } from 'standardwebhooks';
import { toPublicId } from '../../domain/ids.js';
import { printWebhookEvent, type WebhookEvent } from '../../domain/webhook.js';
import { UnsafeUrlError } from '../../providers/safe-http/address-guard.js';
import type { SafeHttp } from '../../providers/safe-http/safe-http.js';

/** What came of sending an event once. Status null: no answer came, and `error` says why. */
export interface SendOutcome {
  statusCode: number | null;
  /** Null when the receiver took it (2xx). */
  error: string | null;
}

export type WebhookSender = ReturnType<typeof createWebhookSender>;

const TIMEOUT_MS = 15_000;
/** The answer's body says nothing to us. */
const MAX_ANSWER_BYTES = 1024;

/** Signs events (Standard Webhooks) and posts them. Redirects are not followed: who moved has to say so. */
export function createWebhookSender(http: SafeHttp, now: () => number) {
  return {
    /** @param secrets opened signing secrets; each signs, so that receivers may change over */
    async send(
      url: string,
      secrets: readonly string[],
      event: WebhookEvent,
      signal?: AbortSignal,
    ): Promise<SendOutcome> {
      const body = printWebhookEvent(event);
      const id = toPublicId('event', event.eventId);
      const sentAt = new Date(now());
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'antiphon-webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' '),
      };
      try {
        const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
        const { status } = await http.request(url, {
          method: 'POST',
          headers,
          body,
          ...limits,
          ...(signal === undefined ? {} : { signal }),
        });
        const isTaken = status >= 200 && status < 300;
        return { statusCode: status, error: isTaken ? null : `The endpoint answered ${status}.` };
      } catch (error) {
        if (signal?.aborted === true) throw error;
        return { statusCode: null, error: describe(error) };
      }
    },
  };
}

/** A network fault in words for the endpoint's owner; nothing that tells of the server's surroundings. */
function describe(error: unknown): string {
  if (error instanceof UnsafeUrlError) return `The URL is refused: ${error.message}`;
  const { name, code, cause } = error as Error & { code?: string };
  if (cause instanceof UnsafeUrlError) return `The URL is refused: ${cause.message}`;
  if (name === 'TimeoutError') return `The endpoint did not answer within ${TIMEOUT_MS / 1000} seconds.`;
  return `The endpoint could not be reached (${code ?? name}).`;
}
