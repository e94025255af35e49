import type { WebQuery } from '../../domain/web.js';

/** Beyond this many a query is mostly operators; what is found is filtered afterwards in any case. */
const MAX_SITES = 5;

/** The query with the `site:` operators that search engines share. */
export function withSites({ query, allowedDomains, blockedDomains }: WebQuery): string {
  const few = (domains: readonly string[]): readonly string[] => (domains.length > MAX_SITES ? [] : domains);
  const wanted = few(allowedDomains).map((domain) => `site:${domain}`);
  const unwanted = few(blockedDomains).map((domain) => `-site:${domain}`);
  const anyOf = wanted.length > 1 ? [`(${wanted.join(' OR ')})`] : wanted;
  return [query, ...anyOf, ...unwanted].join(' ');
}
