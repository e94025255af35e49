import { type AuditAction, callerOf } from '../../domain/audit.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import type {
  ThresholdNotice,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEvent,
  WebhookEventType,
} from '../../domain/webhook.js';
import type { Transaction } from '../../persistence/orm.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { WebhookDeliveryRepository } from '../../persistence/repositories/webhook-delivery.repository.js';
import {
  createWebhookEndpointRepository,
  type WebhookEndpointRepository,
} from '../../persistence/repositories/webhook-endpoint.repository.js';
import { type AddressGuard, UnsafeUrlError } from '../../providers/safe-http/address-guard.js';
import type { Sealer } from '../access/sealer.js';
import { parseInput } from '../validation.js';
import {
  CreateWebhookEndpointBody,
  RotateWebhookSecretBody,
  TestWebhookEndpointBody,
  UpdateWebhookEndpointBody,
} from './webhook.schema.js';
import type { WebhookDeliverer } from './webhook-deliverer.js';
import { newWebhookSecret, secretContext, secretHint } from './webhook-secret.js';
import type { WebhookSender } from './webhook-sender.js';

export interface WebhookServiceOptions {
  endpoints: WebhookEndpointRepository;
  deliveries: WebhookDeliveryRepository;
  transaction: Transaction;
  sender: WebhookSender;
  deliverer: WebhookDeliverer;
  sealer: Sealer;
  guard: AddressGuard;
  now(): number;
}

/** An endpoint with the secret that is shown this once. */
export interface EndpointWithSecret {
  endpoint: WebhookEndpoint;
  secret: string;
}

export interface EndpointTest {
  endpoint: WebhookEndpoint;
  eventType: WebhookEventType;
  statusCode: number;
}

export type WebhookService = ReturnType<typeof createWebhookService>;

const MAX_ENDPOINTS = 50;
const DAY_MS = 86_400_000;

/** Webhook endpoints of a project: who is told when background responses end and budgets are nearly spent. Ids in and out are public ids (`whe_…`). */
export function createWebhookService(options: WebhookServiceOptions) {
  const { endpoints, deliveries, transaction, sender, deliverer, sealer, guard, now } = options;

  /** Endpoints belong to the project, not to its end users: their tokens cannot see them. */
  const projectOf = (principal: Principal): string => {
    if (principal.endUser !== null)
      throw errors.permissionDenied('Tokens of end users may not manage webhook endpoints.');
    return principal.projectId;
  };
  const toUuid = (id: string): string => {
    const uuid = parsePublicId('webhookEndpoint', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };
  const found = <T>(value: T | null, id: string): T => {
    if (value === null) throw errors.notFound(id);
    return value;
  };
  /** Plain http only where the operator has opened the address; a name is checked again whenever it is resolved. */
  const checkUrl = (text: string): string => {
    try {
      const url = guard.checkUrl(text);
      if (url.protocol === 'https:' || guard.isOpened(url)) return url.href;
      throw new UnsafeUrlError('unsupported_scheme', 'events are sent over https.');
    } catch (error) {
      if (error instanceof UnsafeUrlError) throw errors.invalidValue('url', `Invalid 'url': ${error.message}`);
      throw error;
    }
  };

  /** Changes an endpoint (or makes one, without an id) and says so in the project's log: both, or nothing. */
  const change = (
    principal: Principal,
    requestId: string,
    id: string | null,
    action: AuditAction,
    work: (rows: WebhookEndpointRepository) => Promise<WebhookEndpoint | null>,
  ): Promise<WebhookEndpoint | null> =>
    transaction(async (tx) => {
      const rows = createWebhookEndpointRepository(tx);
      const before = id === null ? null : found(await rows.findForChange(principal.projectId, toUuid(id)), id);
      const after = await work(rows);
      const endpoint = after ?? before;
      if (endpoint !== null)
        await createAuditRepository(tx).append(principal.projectId, callerOf(principal, requestId), {
          action,
          targetId: toPublicId('webhookEndpoint', endpoint.id),
          before: before === null ? null : shown(before),
          after: after === null ? null : shown(after),
        });
      return after;
    });

  return {
    /** Creates an endpoint with a signing secret of its own. @throws 400 */
    async create(principal: Principal, unchecked: unknown, requestId: string): Promise<EndpointWithSecret> {
      const projectId = projectOf(principal);
      const { name, url, event_types: eventTypes } = parseInput(CreateWebhookEndpointBody, unchecked);
      const id = newUuid();
      const secret = newWebhookSecret();
      const sealed = { secret: sealer.seal(secret, secretContext(id)), secretHint: secretHint(secret) };
      const fields = { id, name, url: checkUrl(url), eventTypes, ...sealed };
      const endpoint = await change(principal, requestId, null, 'webhook_endpoint.created', (rows) =>
        rows.create(projectId, fields, MAX_ENDPOINTS),
      );
      if (endpoint === null)
        throw errors.invalidParameter(
          'too_many_webhook_endpoints',
          '',
          `A project has at most ${MAX_ENDPOINTS} webhook endpoints.`,
        );
      return { endpoint, secret };
    },

    /** Null if there is none by this id. */
    async find(principal: Principal, id: string): Promise<WebhookEndpoint | null> {
      const uuid = parsePublicId('webhookEndpoint', id);
      return uuid === null ? null : endpoints.find(projectOf(principal), uuid);
    },

    /** @throws 404 */
    async get(principal: Principal, id: string): Promise<WebhookEndpoint> {
      return found(await endpoints.find(projectOf(principal), toUuid(id)), id);
    },

    findMany: async (principal: Principal, uuids: readonly string[]): Promise<WebhookEndpoint[]> =>
      endpoints.findMany(projectOf(principal), uuids),

    list: async (principal: Principal, page: PageRequest<string>): Promise<Page<WebhookEndpoint>> =>
      endpoints.list(projectOf(principal), page),

    /** Changes the given fields. @throws 404, 400 */
    async update(principal: Principal, id: string, unchecked: unknown, requestId: string): Promise<WebhookEndpoint> {
      const projectId = projectOf(principal);
      const { name, url, event_types, enabled } = parseInput(UpdateWebhookEndpointBody, unchecked ?? {});
      const fields = {
        ...(name ? { name } : {}),
        ...(url ? { url: checkUrl(url) } : {}),
        ...(event_types ? { eventTypes: event_types } : {}),
        ...(typeof enabled === 'boolean' ? { disabledReason: enabled ? null : 'Switched off by its owner.' } : {}),
      };
      const updated = await change(principal, requestId, id, 'webhook_endpoint.updated', (rows) =>
        rows.update(projectId, toUuid(id), fields),
      );
      return found(updated, id);
    },

    /** Gives the endpoint a new signing secret. The old one ends at once, or signs beside it for a day. @throws 404, 400 */
    async rotateSecret(
      principal: Principal,
      id: string,
      unchecked: unknown,
      requestId: string,
    ): Promise<EndpointWithSecret> {
      const projectId = projectOf(principal);
      const body = parseInput(RotateWebhookSecretBody, unchecked ?? {});
      const uuid = toUuid(id);
      const secret = newWebhookSecret();
      const next = {
        secret: sealer.seal(secret, secretContext(uuid)),
        secretHint: secretHint(secret),
        oldUntilMs: body.keep_old_secret_active_for_24_hours === true ? now() + DAY_MS : null,
      };
      const endpoint = await change(principal, requestId, id, 'webhook_endpoint.secret_rotated', (rows) =>
        rows.rotateSecret(projectId, uuid, next),
      );
      return { endpoint: found(endpoint, id), secret };
    },

    /** Deletes the endpoint with its delivery log. @throws 404 */
    async delete(principal: Principal, id: string, requestId: string): Promise<void> {
      const projectId = projectOf(principal);
      await change(principal, requestId, id, 'webhook_endpoint.deleted', async (rows) => {
        await rows.delete(projectId, toUuid(id));
        return null;
      });
    },

    /**
     * Sends a sample event now; what it names is made up. It is not part of the delivery log.
     *
     * @throws 404, 400 `webhook_test_failed` when the endpoint did not take it
     */
    async test(principal: Principal, id: string, unchecked: unknown, signal?: AbortSignal): Promise<EndpointTest> {
      const { event_type: eventType } = parseInput(TestWebhookEndpointBody, unchecked);
      const endpoint = await this.get(principal, id);
      const secrets = (await endpoints.findSecrets(endpoint.projectId, endpoint.id)).map((sealed) =>
        sealer.open(sealed, secretContext(endpoint.id)),
      );
      const event = sampleEvent(eventType, now());
      const { statusCode, error } = await sender.send(endpoint.url, secrets, event, signal);
      if (error !== null || statusCode === null)
        throw errors.invalidParameter('webhook_test_failed', '', `The sample event was not taken. ${error}`);
      return { endpoint, eventType, statusCode };
    },

    /** What was sent to an endpoint in the last 30 days, newest first by default. Keys are UUIDs. @throws 404 */
    async listDeliveries(principal: Principal, id: string, page: PageRequest<string>): Promise<Page<WebhookDelivery>> {
      const { projectId, id: uuid } = await this.get(principal, id);
      return deliveries.list(projectId, uuid, page);
    },

    /** Deliveries of any endpoints, by UUID. */
    findDeliveries: async (principal: Principal, uuids: readonly string[]): Promise<WebhookDelivery[]> =>
      deliveries.findMany(projectOf(principal), uuids),

    /** The first deliveries of many endpoints, by UUID. */
    listDeliveriesOfMany: async (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<WebhookDelivery>>> => deliveries.listOfMany(projectOf(principal), uuids, page),

    /** Sends a delivery again, whatever became of it; its event keeps its id. @throws 404, 400 while the endpoint is off */
    async redeliver(principal: Principal, id: string, deliveryId: string): Promise<WebhookDelivery> {
      const endpoint = await this.get(principal, id);
      const uuid = parsePublicId('webhookDelivery', deliveryId);
      if (endpoint.disabledReason !== null)
        throw errors.invalidParameter(
          'webhook_endpoint_disabled',
          '',
          'The endpoint is switched off. Enable it first.',
        );
      const isDue = uuid !== null && (await deliveries.requeue(endpoint.projectId, endpoint.id, uuid, newUuid()));
      if (!isDue) throw errors.notFound(deliveryId);
      deliverer.relay();
      return found(await deliveries.findDue(endpoint.projectId, uuid), deliveryId);
    },
  };
}

const sampleEvent = (eventType: WebhookEventType, createdAtMs: number): WebhookEvent => {
  const event = { eventId: newUuid(), eventType, createdAtMs };
  if (eventType !== 'budget.threshold_reached')
    return { ...event, responseId: newUuid(), budgetId: null, notice: null };
  const notice: ThresholdNotice = {
    scope: 'project',
    subject: null,
    period: 'month',
    percent: 80,
    cap: '10000000000',
    settled: '8000000000',
    windowStartMs: createdAtMs,
  };
  return { ...event, responseId: null, budgetId: newUuid(), notice };
};

/** What the log says of an endpoint. Queries of URLs are left out: receivers put secrets there. */
const shown = (endpoint: WebhookEndpoint) => ({
  name: endpoint.name,
  url: endpoint.url.replace(/[?#].*/s, '').replace(/\/\/[^/@]*@/, '//'),
  event_types: endpoint.eventTypes,
  signing_secret_hint: endpoint.secretHint,
  disabled_reason: endpoint.disabledReason,
});
