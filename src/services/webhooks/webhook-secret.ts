import { randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A signing secret as receivers' libraries read it (Standard Webhooks). */
export const newWebhookSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/** What may be shown of a secret later. */
export const secretHint = (secret: string): string => `${PREFIX}…${secret.slice(-4)}`;

/** What a sealed secret belongs to: it opens for no other endpoint. */
export const secretContext = (endpointId: string): string => `webhook:${endpointId}`;
