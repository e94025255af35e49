import { z } from 'zod';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { mayUseModel, type Principal } from '../../domain/principal.js';
import { allScopes, covers, isAllowed, type ResourceScope, type Scope, userScopes } from '../../domain/scope.js';
import type { FoundPrincipal } from '../../persistence/repositories/api-key.repository.js';
import { parseInput, shortText } from '../validation.js';
import type { Sealer } from './sealer.js';

/** Body of `POST /client_tokens`. */
export const CreateClientTokenBody = z.strictObject({
  user: shortText(128).describe('The end user the token is bound to, by your own name for them.'),
  scopes: z
    .array(z.enum(userScopes as [ResourceScope, ...ResourceScope[]]))
    .min(1)
    .max(32)
    .transform((scopes) => [...new Set(scopes)])
    .nullish()
    .describe('What it may do, of what the key may. Default: read and write responses, conversations and files.'),
  models: z
    .array(shortText(256))
    .min(1)
    .max(16)
    .nullish()
    .describe('Models it may use, of those the key may. Default: all of those.'),
  expires_after: z
    .strictObject({
      anchor: z.literal('created_at').optional(),
      seconds: z.int().min(10).max(86_400).describe('10 to 86400 (a day).'),
    })
    .nullish()
    .describe('How long it works. Default: 600 seconds.'),
});

/** A token for one end user's browser, shown this once. */
export interface ClientToken {
  value: string;
  user: string;
  scopes: readonly string[];
  models: readonly string[] | null;
  expiresAtMs: number;
}

/** What is sealed into a token. Short names: it travels with every request. */
interface Claims {
  /** Project, key, end user, scopes, models, end of life in epoch milliseconds. */
  p: string;
  k: string;
  u: string;
  s: readonly string[];
  m: readonly string[] | null;
  e: number;
}

const PREFIX = 'ct-antiphon-';
const CONTEXT = 'client token';
const DEFAULT_SECONDS = 600;
const DEFAULT_SCOPES: readonly Scope[] = allScopes.filter((scope) => /^(responses|conversations|files):/.test(scope));

export type ClientTokens = ReturnType<typeof createClientTokens>;

/**
 * Short-lived tokens that a key makes for the browsers of its end users. Such a token sees and makes that user's rows only,
 * and spends from its key. Nothing is stored: what it may do is sealed into it, and it works no longer than its key.
 */
export function createClientTokens({ sealer, clock }: { sealer: Sealer; clock: Clock }) {
  return {
    /** @throws 400 for a bad body, 403 for more than the key itself may do */
    create(principal: Principal, unchecked: unknown): ClientToken {
      const body = parseInput(CreateClientTokenBody, unchecked);
      const scopes = body.scopes ?? DEFAULT_SCOPES.filter((scope) => isAllowed(principal, scope));
      const excess = scopes.find((scope) => !isAllowed(principal, scope));
      if (excess !== undefined || scopes.length === 0)
        throw errors.permissionDenied(`This key cannot give the scope '${excess ?? DEFAULT_SCOPES[0]}': it lacks it.`);
      const models = body.models ?? principal.models;
      const forbidden = models?.find((model) => !mayUseModel(principal, model));
      if (forbidden !== undefined) throw errors.modelNotAllowed(forbidden);
      const expiresAtMs = clock.now() + (body.expires_after?.seconds ?? DEFAULT_SECONDS) * 1000;
      const claims: Claims = {
        p: principal.projectId,
        k: principal.keyId,
        u: body.user,
        s: scopes,
        m: body.models ?? null,
        e: expiresAtMs,
      };
      return {
        value: `${PREFIX}${sealer.seal(JSON.stringify(claims), CONTEXT)}`,
        user: body.user,
        scopes,
        models,
        expiresAtMs,
      };
    },

    isToken: (credential: string): boolean => credential.startsWith(PREFIX),

    /**
     * Who a token stands for, while its key lives and may still do what it gave.
     *
     * @param findKey the principal of a live key
     */
    async read(
      token: string,
      findKey: (projectId: string, keyId: string) => Promise<FoundPrincipal | null>,
    ): Promise<FoundPrincipal | null> {
      let claims: Claims;
      try {
        claims = JSON.parse(sealer.open(token.slice(PREFIX.length), CONTEXT)) as Claims;
      } catch {
        return null;
      }
      if (claims.e <= clock.now()) return null;
      const found = await findKey(claims.p, claims.k);
      if (found === null) return null;
      const { principal, untilMs } = found;
      return {
        principal: {
          ...principal,
          endUser: claims.u,
          scopes: claims.s.filter((scope) => covers(principal.scopes, scope as Scope)),
          models: claims.m === null ? principal.models : claims.m.filter((model) => mayUseModel(principal, model)),
        },
        untilMs: Math.min(claims.e, untilMs ?? claims.e),
      };
    },
  };
}
