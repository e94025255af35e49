import { errors } from '../../domain/errors.js';
import type { ModelInfo } from '../../domain/model.js';
import type { Price } from '../../domain/money.js';
import type { ModelProvider } from '../../providers/provider.js';
import type { Route } from './route.js';
import type { Spread, Target } from './spread.js';
import { SpreadRoute } from './spread-route.js';

/** The place a name leads to; the first one, where there are several. */
export interface RouteRule extends Target, Pick<Route, 'maxOutputTokens'> {
  /** Name clients use; `*` stands for every name no other rule has. */
  name: string;
  /** All its places, if there is more than one. */
  spread: Spread | null;
}

const isUnpriced = ({ price, provider }: Target): boolean => price === null && provider.id !== 'local';

/** For whom, and when, a model is asked for: that decides its price. */
export interface RouteRequest {
  /** Without a project only the rule's own price counts. */
  projectId?: string;
  /** Default: now. */
  atMs?: number;
  /** 404 where the API has that for unknown models. */
  unknownStatus?: 400 | 404;
}

export interface Pricing {
  /** What a project has set for itself. */
  find(projectId: string, model: string, atMs: number): Price | null;
}

/** What names lead where. */
export interface Routing {
  rules: readonly RouteRule[];
  /** Whether models without a price may be used. */
  allowsUnpriced: boolean;
}

export type ModelRouter = ReturnType<typeof createModelRouter>;

/** Model name → provider, by the configured rules: exact names first, then `*`. */
export function createModelRouter(pricing: Pricing) {
  let current = tableOf({ rules: [], allowsUnpriced: true });
  return {
    /** Routes by these from now on; requests under way keep the routes they have. */
    use(routing: Routing): void {
      current = tableOf(routing);
    },

    /**
     * The price is the project's own for this name, or else the rule's.
     *
     * @throws `model_not_found` when no rule covers the name, `model_not_priced` when the server refuses models without a price
     */
    resolve(model: string, { projectId, atMs, unknownStatus = 400 }: RouteRequest = {}): Route {
      const { byName, fallback, allowsUnpriced } = current;
      const rule = byName.get(model) ?? fallback;
      if (rule === undefined) throw errors.modelNotFound(model, unknownStatus);
      const own = projectId === undefined ? null : pricing.find(projectId, model, atMs ?? Date.now());
      const { spread } = rule;
      if (own === null && projectId !== undefined && !allowsUnpriced)
        if (spread === null ? isUnpriced(rule) : spread.all.some(isUnpriced)) throw errors.modelNotPriced(model);
      if (spread !== null) return new SpreadRoute(spread, model, rule.maxOutputTokens, own);
      return { ...rule, price: own ?? rule.price, upstreamModel: rule.upstreamModel ?? model };
    },

    /** The names that lead somewhere, and behind `*` what the upstream itself offers; an upstream that is down adds none. */
    async list(signal: AbortSignal): Promise<ModelInfo[]> {
      const { rules, fallback } = current;
      const providers = [...new Set(rules.map((rule) => rule.provider))];
      const offers = new Map(
        await Promise.all(providers.map(async (provider) => [provider, await offeredBy(provider, signal)] as const)),
      );
      const named = rules.filter((rule) => rule.name !== '*').map((rule) => toInfo(rule, offers.get(rule.provider)));
      const behindAll = fallback === undefined ? [] : (offers.get(fallback.provider) ?? []);
      const models = new Map([...behindAll, ...named].map((model) => [model.id, model]));
      return [...models.values()].sort((a, b) => a.id.localeCompare(b.id));
    },

    /** Places of models that keep failing and are left alone for a while. */
    resting: (): number => current.rules.reduce((sum, { spread }) => sum + (spread?.resting ?? 0), 0),

    /** One of the names of `list`, asking only the upstream it leads to; null if it is none. */
    async find(id: string, signal: AbortSignal): Promise<ModelInfo | null> {
      const { byName, fallback } = current;
      const rule = id === '*' ? undefined : byName.get(id);
      if (rule !== undefined) return toInfo(rule, await offeredBy(rule.provider, signal));
      if (fallback === undefined) return null;
      return (await offeredBy(fallback.provider, signal)).find((model) => model.id === id) ?? null;
    },
  };
}

function tableOf({ rules, allowsUnpriced }: Routing) {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  return { rules, byName, fallback: byName.get('*'), allowsUnpriced };
}

/** An upstream that does not say soon what it offers is left out. */
const PATIENCE_MS = 5_000;

const offeredBy = (provider: ModelProvider, signal: AbortSignal): Promise<ModelInfo[]> =>
  provider.listModels(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])).catch(() => []);

/** A configured name belongs to its provider; when its model was made, only the upstream knows. */
function toInfo(rule: RouteRule, offered: readonly ModelInfo[] = []): ModelInfo {
  const upstreamName = rule.upstreamModel ?? rule.name;
  const created = offered.find((model) => model.id === upstreamName)?.created ?? 0;
  return { id: rule.name, created, ownedBy: rule.provider.id };
}
