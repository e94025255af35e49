import { z } from 'zod';
import type { Tool } from '../../domain/tool.js';
import type { UserLocation } from '../../domain/web.js';
import { createDomainFilter, type DomainFilter } from './domains.js';

/** How much a call may show the model: pages of a search, and characters of all text together. */
const CONTEXT = {
  low: { pages: 4, characters: 4_000 },
  medium: { pages: 8, characters: 12_000 },
  high: { pages: 12, characters: 32_000 },
} as const;

export interface WebSearchSettings {
  pages: number;
  characters: number;
  domains: DomainFilter;
  location: UserLocation | null;
  isOffline: boolean;
}

const Domains = z.array(z.string()).nullish();
const Text = z.string().nullish();

/** What the request says of the tool; it was checked when it came. Other shapes count as unsaid. */
const Settings = z.object({
  filters: z.object({ allowed_domains: Domains, blocked_domains: Domains }).nullish().catch(null),
  search_context_size: z.enum(['low', 'medium', 'high']).nullish().catch(null),
  user_location: z.object({ country: Text, region: Text, city: Text, timezone: Text }).nullish().catch(null),
  external_web_access: z.boolean().nullish().catch(null),
});

/** A location that is not given is the United States, as the API has it (tools section, and what responses echo). */
const DEFAULT_LOCATION: UserLocation = { country: 'US', region: null, city: null, timezone: null };

export function readSettings(tool: Tool): WebSearchSettings {
  const { filters, search_context_size: size, user_location: given, external_web_access } = Settings.parse(tool);
  return {
    ...CONTEXT[size ?? 'medium'],
    domains: createDomainFilter(filters?.allowed_domains ?? [], filters?.blocked_domains ?? []),
    location:
      given == null
        ? DEFAULT_LOCATION
        : {
            country: given.country ?? null,
            region: given.region ?? null,
            city: given.city ?? null,
            timezone: given.timezone ?? null,
          },
    isOffline: external_web_access === false,
  };
}
