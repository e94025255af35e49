import type { Principal } from './principal.js';

/** What can be allowed one by one: `<resource>:read` and `<resource>:write`, as far as it has both. */
const resourceActions = {
  responses: ['read', 'write'],
  conversations: ['read', 'write'],
  prompts: ['read', 'write'],
  files: ['read', 'write'],
  vector_stores: ['read', 'write'],
  models: ['read'],
  chat: ['write'],
  embeddings: ['write'],
  webhooks: ['read', 'write'],
  usage: ['read'],
  client_tokens: ['write'],
} as const;

type ResourceActions = typeof resourceActions;
export type Resource = keyof ResourceActions;
/** One thing that one kind of object lets callers do. */
export type ResourceScope = { [R in Resource]: `${R}:${ResourceActions[R][number]}` }[Resource];
/**
 * What a key may do. `read` and `write` stand for every resource; `admin` administers the project (keys, limits, audit log);
 * `operator` makes projects and is `admin` of every one. Administering includes neither reading nor writing.
 */
export type Scope = 'admin' | 'operator' | 'read' | 'write' | ResourceScope;

const resourceScopes = Object.entries(resourceActions).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}:${action}` as ResourceScope),
);

export const allScopes: readonly Scope[] = ['admin', 'operator', 'read', 'write', ...resourceScopes];

/** Everything that can be done inside a project: what a key has unless told otherwise. */
export const projectScopes: readonly Scope[] = ['admin', 'read', 'write'];

/** What the first key has, and the one of `ANTIPHON_API_KEY`. */
export const operatorScopes: readonly Scope[] = ['operator', ...projectScopes];

/** What tokens of end users may have: what belongs to a user, and the models. The rest is the application's. */
const userResources: readonly string[] = [
  'responses',
  'conversations',
  'files',
  'vector_stores',
  'models',
  'chat',
  'embeddings',
] satisfies Resource[];

export const userScopes: readonly ResourceScope[] = resourceScopes.filter((scope) =>
  userResources.includes(scope.split(':')[0] as string),
);

/** Whether these scopes, as they are kept, include one. */
export function covers(scopes: readonly string[], scope: Scope): boolean {
  if (scopes.includes(scope)) return true;
  if (scope === 'admin') return scopes.includes('operator');
  const action = scope.split(':')[1];
  return action !== undefined && scopes.includes(action);
}

/** Whether the caller may do what the scope stands for. A token of an end user may never do what is the application's. */
export const isAllowed = ({ scopes, endUser }: Pick<Principal, 'scopes' | 'endUser'>, scope: Scope): boolean =>
  covers(scopes, scope) && (endUser === null || (userScopes as readonly Scope[]).includes(scope));
