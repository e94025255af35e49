import { toPublicId } from '../../domain/ids.js';
import { WEBHOOK_EVENT_TYPES, type WebhookDelivery, type WebhookEndpoint } from '../../domain/webhook.js';
import {
  CreateWebhookEndpointBody,
  RotateWebhookSecretBody,
  TestWebhookEndpointBody,
  UpdateWebhookEndpointBody,
} from '../../services/webhooks/webhook.schema.js';
import type { EndpointWithSecret } from '../../services/webhooks/webhook.service.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList } from '../list-query.js';

const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

const toWire = (endpoint: WebhookEndpoint) => ({
  id: toPublicId('webhookEndpoint', endpoint.id),
  object: 'webhook_endpoint',
  name: endpoint.name,
  url: endpoint.url,
  event_types: endpoint.eventTypes,
  signing_secret_hint: endpoint.secretHint,
  enabled: endpoint.disabledReason === null,
  disabled_reason: endpoint.disabledReason,
  created_at: seconds(endpoint.createdAtMs),
  updated_at: seconds(endpoint.updatedAtMs),
});

const withSecret = ({ endpoint, secret }: EndpointWithSecret) => ({ ...toWire(endpoint), signing_secret: secret });

const toDelivery = (delivery: WebhookDelivery) => ({
  id: toPublicId('webhookDelivery', delivery.id),
  object: 'webhook_endpoint.delivery',
  webhook_endpoint_id: toPublicId('webhookEndpoint', delivery.endpointId),
  event_id: toPublicId('event', delivery.eventId),
  event_type: delivery.eventType,
  response_id: delivery.responseId === null ? null : toPublicId('response', delivery.responseId),
  budget_id: delivery.budgetId === null ? null : toPublicId('budget', delivery.budgetId),
  status: delivery.status,
  attempts: delivery.attempts,
  last_status_code: delivery.lastStatusCode,
  last_error: delivery.lastError,
  created_at: seconds(delivery.createdAtMs),
  last_attempt_at: delivery.lastAttemptAtMs === null ? null : seconds(delivery.lastAttemptAtMs),
});

/** Webhook endpoints (Responses API, Webhooks), and the log of what was sent to them. */
export const webhookRoutes = [
  defineRoute({
    method: 'GET',
    path: '/webhook_event_types',
    operation: 'webhookEventTypes',
    summary: 'List what webhook endpoints can be told of.',
    answers: 'WebhookEventTypeList',
    handle: async () => ({ object: 'list', data: WEBHOOK_EVENT_TYPES }),
  }),
  defineRoute({
    method: 'POST',
    path: '/webhook_endpoints',
    operation: 'createWebhookEndpoint',
    summary: 'Create a webhook endpoint. The signing secret is shown this once.',
    body: CreateWebhookEndpointBody,
    answers: 'WebhookEndpointWithSecret',
    handle: async ({ principal, services, body, request }) =>
      withSecret(await services.webhooks.create(principal, body, request.id)),
  }),
  defineRoute({
    method: 'GET',
    path: '/webhook_endpoints',
    operation: 'webhookEndpoints',
    summary: 'List webhook endpoints, newest first.',
    query: ListQuery,
    answers: 'WebhookEndpointList',
    async handle({ principal, services, query }) {
      const request = readListQuery(query, publicId('webhookEndpoint'));
      const page = await services.webhooks.list(principal, request);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/webhook_endpoints/:id',
    operation: 'webhookEndpoint',
    summary: 'Read a webhook endpoint.',
    answers: 'WebhookEndpoint',
    handle: async ({ principal, services, params }) =>
      toWire(await services.webhooks.get(principal, params.id as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/webhook_endpoints/:id',
    operation: 'updateWebhookEndpoint',
    summary: 'Change the given fields of a webhook endpoint.',
    body: UpdateWebhookEndpointBody,
    answers: 'WebhookEndpoint',
    handle: async ({ principal, services, params, body, request }) =>
      toWire(await services.webhooks.update(principal, params.id as string, body, request.id)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/webhook_endpoints/:id',
    operation: 'deleteWebhookEndpoint',
    summary: 'Delete a webhook endpoint with its delivery log.',
    answers: 'DeletedWebhookEndpoint',
    async handle({ principal, services, params, request }) {
      await services.webhooks.delete(principal, params.id as string, request.id);
      return { id: params.id, object: 'webhook_endpoint.deleted', deleted: true };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/webhook_endpoints/:id/rotate_secret',
    operation: 'rotateWebhookSecret',
    summary: 'Give a webhook endpoint a new signing secret, shown this once.',
    body: RotateWebhookSecretBody,
    answers: 'WebhookEndpointWithSecret',
    handle: async ({ principal, services, params, body, request }) =>
      withSecret(await services.webhooks.rotateSecret(principal, params.id as string, body, request.id)),
  }),
  defineRoute({
    method: 'POST',
    path: '/webhook_endpoints/:id/test',
    operation: 'testWebhookEndpoint',
    summary: 'Send a sample event to a webhook endpoint now.',
    body: TestWebhookEndpointBody,
    answers: 'WebhookEndpointTest',
    async handle({ principal, services, params, body, client }) {
      const { endpoint, eventType, statusCode } = await services.webhooks.test(
        principal,
        params.id as string,
        body,
        client.signal,
      );
      return {
        object: 'webhook_endpoint.test',
        webhook_endpoint_id: toPublicId('webhookEndpoint', endpoint.id),
        event_type: eventType,
        status_code: statusCode,
        success: true,
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/webhook_endpoints/:id/deliveries',
    operation: 'webhookDeliveries',
    summary: 'List what was sent to a webhook endpoint in the last 30 days, newest first.',
    query: ListQuery,
    answers: 'WebhookDeliveryList',
    async handle({ principal, services, params, query }) {
      const request = readListQuery(query, publicId('webhookDelivery'));
      const page = await services.webhooks.listDeliveries(principal, params.id as string, request);
      return toList(page, page.rows.map(toDelivery), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/webhook_endpoints/:id/deliveries/:deliveryId/redeliver',
    operation: 'redeliverWebhook',
    summary: 'Send a delivery again. Its event keeps its id.',
    status: 202,
    answers: 'WebhookDelivery',
    handle: async ({ principal, services, params }) =>
      toDelivery(await services.webhooks.redeliver(principal, params.id as string, params.deliveryId as string)),
  }),
];
