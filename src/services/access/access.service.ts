import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId } from '../../domain/ids.js';
import { type Budget, type BudgetPeriod, type Principal, windowStartMs } from '../../domain/principal.js';
import { projectScopes } from '../../domain/scope.js';
import type { ApiKeyRecord, ApiKeyRepository } from '../../persistence/repositories/api-key.repository.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import type { ProjectRecord, ProjectRepository } from '../../persistence/repositories/project.repository.js';

/** How long a key that was found is believed without asking again; a revocation is told at once, this is the guard. */
const CACHE_MS = 1000;
const CACHE_ENTRIES = 50_000;

export interface NewKey {
  name: string;
  /** Default: all rights on the project. */
  scopes?: readonly string[];
  expiresAtMs?: number | null;
  /** Money limits in nano-units, at most one per period. */
  budgets?: readonly { period: BudgetPeriod; cap: bigint }[];
}

export interface KeyDescription {
  key: { id: string; name: string; hint: string; scopes: readonly string[]; endUser: string | null };
  project: ProjectRecord;
  budgets: (Budget & { settled: bigint; reserved: bigint })[];
}

const hashKey = (key: string): Buffer => hash('sha256', key, 'buffer');

/** A new secret key: 192 random bits behind a prefix that secret scanners can know. */
const generateKey = (): string => `sk-antiphon-${randomBytes(24).toString('base64url')}`;

export type AccessService = ReturnType<typeof createAccessService>;

/** Keys: who is asking, and what they may spend. A key is shown once, when it is made; only its hash is kept. */
export function createAccessService(options: {
  keys: ApiKeyRepository;
  projects: ProjectRepository;
  budgets: BudgetRepository;
  clock: Clock;
}) {
  const { keys, projects, budgets, clock } = options;
  const cache = new Map<string, { principal: Principal; untilMs: number }>();

  const store = (projectId: string, key: string, fields: NewKey): Promise<boolean> =>
    keys.create({
      projectId,
      id: newUuid(),
      keyHash: hashKey(key),
      name: fields.name,
      hint: key.slice(-4),
      scopes: fields.scopes ?? projectScopes,
      expiresAtMs: fields.expiresAtMs ?? null,
      budgets: (fields.budgets ?? []).map((budget) => ({ id: newUuid(), ...budget })),
    });

  return {
    /**
     * The principal behind an `Authorization` header.
     *
     * @throws 401, the same for unknown, expired and revoked keys
     */
    async authenticate(authorization: string | undefined): Promise<Principal> {
      if (authorization === undefined || authorization === '') throw errors.missingKey();
      const match = /^Bearer +(\S{1,512})$/i.exec(authorization);
      if (match === null) throw errors.invalidKey();
      const keyHash = hashKey(match[1] as string);
      const cacheKey = keyHash.toString('base64');
      const nowMs = clock.now();
      const cached = cache.get(cacheKey);
      if (cached !== undefined && cached.untilMs > nowMs) return cached.principal;
      const principal = await keys.findPrincipal(keyHash);
      if (principal === null) {
        cache.delete(cacheKey);
        throw errors.invalidKey();
      }
      if (cache.size >= CACHE_ENTRIES) cache.clear();
      cache.set(cacheKey, { principal, untilMs: nowMs + CACHE_MS });
      return principal;
    },

    /** Forgets what was believed of all keys: something about them changed. */
    forget: (): void => cache.clear(),

    /** Makes a key. It is in the answer and nowhere else. */
    async createKey(projectId: string, fields: NewKey): Promise<string> {
      const key = generateKey();
      await store(projectId, key, fields);
      return key;
    },

    /** Makes sure a key of the operator's choice exists, with all rights. True if it is new. */
    ensureKey: (projectId: string, key: string): Promise<boolean> =>
      store(projectId, key, { name: 'ANTIPHON_API_KEY' }),

    listKeys: (projectId: string): Promise<ApiKeyRecord[]> => keys.list(projectId),

    /** Ends a key, in every process. @throws 404 */
    async revokeKey(projectId: string, id: string): Promise<void> {
      const uuid = parsePublicId('key', id);
      if (uuid === null || !(await keys.revoke(projectId, uuid))) throw errors.notFound(id);
      cache.clear();
    },

    /** The first project, made at the first start. `isFirstKey`: nobody has a key yet. */
    async ensureDefaultProject(): Promise<{ project: ProjectRecord; isFirstKey: boolean }> {
      const project = await projects.ensureDefault();
      return { project, isFirstKey: (await keys.countKeys()) === 0 };
    },

    /** What a key may know about itself. */
    async describe(principal: Principal): Promise<KeyDescription> {
      const nowMs = clock.now();
      const [label, project, states] = await Promise.all([
        keys.findLabel(principal.projectId, principal.keyId),
        projects.get(principal.projectId),
        budgets.findStates(
          principal.projectId,
          principal.budgets.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget.period, nowMs) })),
        ),
      ]);
      return {
        key: { id: principal.keyId, ...label, scopes: principal.scopes, endUser: principal.endUser },
        project,
        budgets: principal.budgets.map((budget) => {
          const state = states.find(({ budgetId }) => budgetId === budget.id);
          return { ...budget, settled: state?.settled ?? 0n, reserved: state?.reserved ?? 0n };
        }),
      };
    },
  };
}
