import type { Logger } from '../../observability/logger.js';
import type { JobQueue } from '../../persistence/job-queue.js';
import type { WebhookDeliveryRepository } from '../../persistence/repositories/webhook-delivery.repository.js';
import type { WebhookEndpointRepository } from '../../persistence/repositories/webhook-endpoint.repository.js';
import type { Sealer } from '../access/sealer.js';
import { secretContext } from './webhook-secret.js';
import type { WebhookSender } from './webhook-sender.js';

export interface WebhookDelivererOptions {
  endpoints: WebhookEndpointRepository;
  deliveries: WebhookDeliveryRepository;
  sender: WebhookSender;
  sealer: Sealer;
  jobs: JobQueue;
  logger: Logger;
  now(): number;
  /** Attempts after the first; with pauses from 5 s that double, 14 are about a day. */
  retries: number;
  /** The first pause, in seconds. */
  retryDelaySeconds: number;
}

export type WebhookDeliverer = ReturnType<typeof createWebhookDeliverer>;

const RELAY_BATCH = 500;
const SWEEP_MS = 60_000;
const TIDY_MS = 3_600_000;
/** Longer than the attempts of any delivery take together. */
const ABANDONED_MS = 4 * 86_400_000;
const KEEP_LOG_MS = 30 * 86_400_000;
const FORGET_BATCH = 5_000;
const GONE = 410;

/**
 * Brings events to their endpoints. The rows are written by the statement that ends a run; `relay` hands them to the queue, at
 * once and, for what a crash left behind, every minute. An endpoint that takes nothing for as long as a delivery is tried is
 * switched off, and so is one that says it is gone.
 */
export function createWebhookDeliverer(options: WebhookDelivererOptions) {
  const { endpoints, deliveries, sender, sealer, logger, now } = options;
  const timers: NodeJS.Timeout[] = [];
  let relaying: Promise<void> = Promise.resolve();

  const deliver = options.jobs.define<{ projectId: string; deliveryId: string }>(
    'webhook.deliver',
    {
      retries: options.retries,
      retryDelaySeconds: options.retryDelaySeconds,
      maxRetryDelaySeconds: 86_400,
      concurrency: 8,
      timeLimitSeconds: 60,
    },
    async ({ projectId, deliveryId }, { signal, isLast }) => {
      const due = await deliveries.findDue(projectId, deliveryId);
      if (due === null || due.status !== 'pending') return;
      const fail = (error: string) => deliveries.giveUp(projectId, deliveryId, error);
      if (due.disabledReason !== null) return fail('The endpoint is switched off.');
      const secrets = due.secrets.map((secret) => sealer.open(secret, secretContext(due.endpointId)));
      const { statusCode, error } = await sender.send(due.url, secrets, due, signal);
      const isGone = statusCode === GONE;
      const isOver = isLast || isGone;
      const status = error === null ? 'succeeded' : isOver ? 'failed' : 'pending';
      await deliveries.noteAttempt(projectId, deliveryId, { status, statusCode, error });
      if (error === null) return;
      if (!isOver) throw new Error(error);
      const sinceMs = isGone ? now() : due.createdAtMs;
      const reason = isGone ? 'The endpoint answered 410 Gone.' : `Every attempt of a delivery failed. ${error}`;
      if (await endpoints.disableUnlessReached(projectId, due.endpointId, sinceMs, reason))
        logger.warn({ projectId, endpointId: due.endpointId, statusCode }, 'a webhook endpoint was switched off');
    },
  );

  const relayAll = async (): Promise<void> => {
    for (;;) {
      const waiting = await deliveries.findUnqueued(RELAY_BATCH);
      if (waiting.length === 0) return;
      // Two processes may do this at once: a job of the same id is not made again.
      await deliver.sendMany(
        waiting.map(({ projectId, id, jobId }) => ({ payload: { projectId, deliveryId: id }, options: { id: jobId } })),
      );
      await deliveries.markQueued(waiting);
      if (waiting.length < RELAY_BATCH) return;
    }
  };
  const relay = (): void => {
    relaying = relaying
      .then(relayAll)
      .catch((err: unknown) => logger.warn({ err }, 'webhook deliveries could not be queued; trying again'));
  };

  /** Bounds the log. */
  const tidyAll = async (): Promise<void> => {
    await deliveries.closeAbandoned(now() - ABANDONED_MS);
    while ((await deliveries.forgetBefore(now() - KEEP_LOG_MS, FORGET_BATCH)) === FORGET_BATCH);
  };
  const tidy = (): void => {
    relaying = relaying
      .then(tidyAll)
      .catch((err: unknown) => logger.warn({ err }, 'the log of webhook deliveries was not tidied'));
  };

  return {
    /** Hands to the queue what it does not know yet. Returns at once. */
    relay,

    /** Looks after what was left behind, now and every minute, and keeps the log within 30 days. */
    start(): void {
      relay();
      tidy();
      timers.push(setInterval(relay, SWEEP_MS), setInterval(tidy, TIDY_MS));
      for (const timer of timers) timer.unref();
    },

    async close(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await relaying;
    },
  };
}
