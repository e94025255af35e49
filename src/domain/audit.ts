import type { Principal } from './principal.js';
import { operatorScopes } from './scope.js';

/** Who does something administrative, and in which request. */
export interface Actor {
  kind: 'key' | 'command_line' | 'server';
  /** The project it belongs to. */
  projectId: string;
  keyId: string | null;
  scopes: readonly string[];
  requestId: string | null;
}

/** Who does something, in the project that is meant. */
export interface ActorIn extends Actor {
  /** An operator who named no project: what can be told of all of them at once is. */
  everyProject: boolean;
}

/** A key's caller at one of the doors. */
export const callerOf = ({ projectId, keyId, scopes }: Principal, requestId: string): Actor => ({
  kind: 'key',
  projectId,
  keyId,
  scopes,
  requestId,
});

/** Whoever runs the installation: by its command line, or the server itself as its environment tells it to. */
export const installer = (kind: 'command_line' | 'server', projectId: string): Actor => ({
  kind,
  projectId,
  keyId: null,
  scopes: operatorScopes,
  requestId: null,
});

export type AuditAction =
  | 'api_key.created'
  | 'api_key.updated'
  | 'api_key.rotated'
  | 'api_key.revoked'
  | 'project.created'
  | 'project.updated'
  | 'budget.created'
  | 'budget.updated'
  | 'budget.deleted'
  | 'price.created'
  | 'price.deleted'
  | 'storage_price.created'
  | 'storage_price.deleted'
  | 'webhook_endpoint.created'
  | 'webhook_endpoint.updated'
  | 'webhook_endpoint.secret_rotated'
  | 'webhook_endpoint.deleted';

/** Something administrative that was done. Secrets are never part of it. */
export interface AuditEntry {
  projectId: string;
  id: string;
  action: AuditAction;
  actor: Actor['kind'];
  keyId: string | null;
  /** Public id of what was changed. */
  targetId: string;
  /** As it was; null for something new. */
  before: object | null;
  after: object | null;
  requestId: string | null;
  createdAtMs: number;
}
