import DataLoader from 'dataloader';
import type { Principal } from '../../domain/principal.js';
import type { WebhookEndpoint } from '../../domain/webhook.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createWebhookEndpointLoader = ({ webhooks }: Services, principal: Principal) =>
  new DataLoader<string, WebhookEndpoint | null>(async (ids) => byId(ids, await webhooks.findMany(principal, ids)));
