import type { ApiKey, Project } from '../../domain/api-key.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { createBatcher } from '../../persistence/batcher.js';
import type { ApiKeyRepository, FoundPrincipal } from '../../persistence/repositories/api-key.repository.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import type { ProjectRepository } from '../../persistence/repositories/project.repository.js';
import type { ClientToken, ClientTokens } from './client-tokens.js';
import type { KeyUses } from './key-uses.js';
import { hashKey, printedHash } from './secret.js';
import { withBudgetStates } from './with-budget-states.js';

/** How long a key that was found is believed without asking again; a revocation is told at once, this is the guard. */
const CACHE_MS = 1000;
const CACHE_ENTRIES = 50_000;
/** Headers that are remembered as they came. */
const RECENT_ENTRIES = 1000;

/** A key that was looked up a moment ago. */
interface BelievedKey {
  principal: Principal;
  untilMs: number;
}

export interface KeyDescription {
  key: ApiKey;
  endUser: string | null;
  project: Project;
}

export type AccessService = ReturnType<typeof createAccessService>;

/** Who is asking. */
export function createAccessService(options: {
  keys: ApiKeyRepository;
  projects: ProjectRepository;
  budgets: BudgetRepository;
  uses: KeyUses;
  tokens: ClientTokens;
  clock: Clock;
}) {
  const { keys, projects, budgets, uses, tokens, clock } = options;
  const cache = new Map<string, BelievedKey>();
  /**
   * The same by the headers that brought them, for as long: hashing one costs a hundredth of a create, and a key in use comes again at
   * once. They are found by V8's own seeded hash of the whole header, so how long that takes says nothing about any key either.
   */
  const recent = new Map<string, BelievedKey>();
  let recentUntilMs = 0;
  let changes = 0;
  let looking = 0;
  /** Look-ups under way, by the credential's hash. */
  const lookups = new Map<string, Promise<FoundPrincipal | null>>();

  /** Keys are believed for so short a time that with many of them each request asks: they ask together. */
  const hashes = createBatcher<Buffer, FoundPrincipal | null>({
    run: (batch) => keys.findPrincipals(batch),
    onFull: errors.overloaded,
  });

  const lookUp = (credential: string): Promise<FoundPrincipal | null> =>
    tokens.isToken(credential) ? tokens.read(credential, keys.findPrincipalById) : hashes.submit(hashKey(credential));

  /** Whoever asks for a key that is being looked up waits for the same answer: a key in use is looked up once, not once per request. */
  const find = async (credential: string, cacheKey: string): Promise<FoundPrincipal | null> => {
    const known = lookups.get(cacheKey);
    if (known !== undefined) return known;
    const lookup = lookUp(credential);
    lookups.set(cacheKey, lookup);
    try {
      return await lookup;
    } finally {
      if (lookups.get(cacheKey) === lookup) lookups.delete(cacheKey);
    }
  };

  /** Null: it has to be looked up. What is compared is a hash of what was sent: how long that takes says nothing about any key. */
  const believed = (cacheKey: string, nowMs: number): BelievedKey | null => {
    const cached = cache.get(cacheKey);
    return cached !== undefined && cached.untilMs > nowMs ? cached : null;
  };

  return {
    /** As `authenticate`, at once: the principal if its key was looked up a moment ago, otherwise null. */
    recognise(authorization: string | undefined): Principal | null {
      if (authorization === undefined) return null;
      const nowMs = clock.now();
      if (nowMs >= recentUntilMs) {
        recent.clear();
        recentUntilMs = nowMs + CACHE_MS;
      }
      const again = recent.get(authorization);
      if (again !== undefined && again.untilMs > nowMs) return again.principal;
      const credential = credentialOf(authorization);
      const known = credential === null ? null : believed(printedHash(credential), nowMs);
      if (known === null) return null;
      if (recent.size < RECENT_ENTRIES) recent.set(authorization, known);
      return known.principal;
    },

    /**
     * The principal behind an `Authorization` header.
     *
     * @throws 401, the same for unknown, expired and revoked keys
     */
    async authenticate(authorization: string | undefined): Promise<Principal> {
      if (authorization === undefined || authorization === '') throw errors.missingKey();
      const credential = credentialOf(authorization);
      if (credential === null) throw errors.invalidKey();
      const cacheKey = printedHash(credential);
      const nowMs = clock.now();
      const known = believed(cacheKey, nowMs);
      if (known !== null) return known.principal;
      const before = changes;
      looking += 1;
      let found: FoundPrincipal | null;
      try {
        found = await find(credential, cacheKey);
      } finally {
        looking -= 1;
      }
      if (found === null) {
        cache.delete(cacheKey);
        throw errors.invalidKey();
      }
      uses.note(found.principal, nowMs);
      // What was read while a change was told may be from before it.
      if (changes === before) {
        if (cache.size >= CACHE_ENTRIES) cache.clear();
        cache.set(cacheKey, { principal: found.principal, untilMs: believedUntil(found, nowMs) });
      }
      return found.principal;
    },

    /** Requests whose keys are being looked up. */
    get looking(): number {
      return looking;
    },

    /** Forgets what was believed of all keys: something about them changed. */
    forget(): void {
      changes += 1;
      cache.clear();
      recent.clear();
      // What is asked from now on must not be answered with what was read before the change.
      lookups.clear();
    },

    /** Makes a token for the browser of one end user. @throws 400, 403 for more than the key itself may do */
    createClientToken: (principal: Principal, unchecked: unknown): ClientToken => tokens.create(principal, unchecked),

    /** What a key may know about itself. An end user is told of the user's own part only. */
    async describe(principal: Principal): Promise<KeyDescription> {
      const [key, [project]] = await Promise.all([
        keys.find(principal.projectId, principal.keyId),
        projects.findMany([principal.projectId]),
      ]);
      // Both are there: keys and projects are never deleted.
      if (key === null || project === undefined) throw errors.invalidKey();
      const shown = { ...key, scopes: principal.scopes, models: principal.models, budgets: principal.budgets };
      if (principal.endUser !== null)
        return { key: { ...shown, name: '', hint: '', budgets: [] }, endUser: principal.endUser, project };
      const [described] = await withBudgetStates(budgets, principal.projectId, [shown], clock.now());
      return { key: described as ApiKey, endUser: null, project };
    },
  };
}

const believedUntil = ({ untilMs }: FoundPrincipal, nowMs: number): number =>
  Math.min(nowMs + CACHE_MS, untilMs ?? Number.POSITIVE_INFINITY);

const credentialOf = (authorization: string | undefined): string | null =>
  (authorization !== undefined && /^Bearer +(\S{1,8192})$/i.exec(authorization)?.[1]) || null;
