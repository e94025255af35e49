import type { Logger } from '../../observability/logger.js';
import type { Queryable } from '../../persistence/database.js';
import type { JobQueue } from '../../persistence/job-queue.js';
import type { Transaction } from '../../persistence/orm.js';
import { createWebhookDeliveryRepository } from '../../persistence/repositories/webhook-delivery.repository.js';
import { createWebhookEndpointRepository } from '../../persistence/repositories/webhook-endpoint.repository.js';
import type { AddressGuard } from '../../providers/safe-http/address-guard.js';
import type { SafeHttp } from '../../providers/safe-http/safe-http.js';
import type { Sealer } from '../access/sealer.js';
import { createWebhookService } from './webhook.service.js';
import { createWebhookDeliverer } from './webhook-deliverer.js';
import { createWebhookSender } from './webhook-sender.js';

export interface WebhooksOptions {
  sql: Queryable;
  transaction: Transaction;
  http: SafeHttp;
  guard: AddressGuard;
  sealer: Sealer;
  jobs: JobQueue;
  logger: Logger;
  now(): number;
  retries: number;
  retryDelaySeconds: number;
}

/** Endpoints and what is delivered to them. The deliverer has to be started once its queue runs. */
export function createWebhooks({
  sql,
  transaction,
  http,
  guard,
  sealer,
  jobs,
  logger,
  now,
  ...retrying
}: WebhooksOptions) {
  const endpoints = createWebhookEndpointRepository(sql);
  const deliveries = createWebhookDeliveryRepository(sql);
  const sender = createWebhookSender(http, now);
  const deliverer = createWebhookDeliverer({ endpoints, deliveries, sender, sealer, jobs, logger, now, ...retrying });
  return {
    service: createWebhookService({ endpoints, deliveries, transaction, sender, deliverer, sealer, guard, now }),
    deliverer,
  };
}
