import { domainToASCII } from 'node:url';

const canonical = (domain: string): string => domainToASCII(domain.replace(/\.$/, '')).toLowerCase();

/** Which sites a request lets count. Domains stand for those below them too. */
export interface DomainFilter {
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
  /** Whether a page at this address may be shown. */
  lets(url: string): boolean;
}

/** @param allowed empty: all */
export function createDomainFilter(allowed: readonly string[], blocked: readonly string[]): DomainFilter {
  const only = allowed.map(canonical);
  const not = blocked.map(canonical);
  const isAmong = (host: string, domains: readonly string[]): boolean =>
    domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  return {
    allowed: only,
    blocked: not,
    lets(url) {
      if (!URL.canParse(url)) return false;
      const host = new URL(url).hostname.replace(/\.$/, '').toLowerCase();
      return (only.length === 0 || isAmong(host, only)) && !isAmong(host, not);
    },
  };
}
