import { type Finding, isReached } from './report.js';

/** A goal that docs/performance.md says is reached. */
export interface Claim {
  /** As `--only` names it. */
  part: string;
  scenario: string;
  figure: string;
}

/** A claim stands as long as its figure misses the goal by no more than this share of it: two runs differ by as much. */
export const TOLERANCE = 0.1;

/**
 * What `npm run bench -- --gate` insists on. A goal joins the list once it was reached twice on a quiet machine; one that is
 * missed for good leaves it together with its claim in the page.
 */
export const CLAIMS: readonly Claim[] = [
  { part: 'create', scenario: 'stored create, 64 clients', figure: 'CPU, times bare' },
  { part: 'create', scenario: 'store: false, 64 clients', figure: 'CPU, times bare' },
  { part: 'peers', scenario: 'after creates by 128 clients', figure: 'resident memory of the gateway process' },
  { part: 'lists', scenario: 'GraphQL list of 50 responses with 5 fields', figure: 'CPU, times bare graphql-js' },
  {
    part: 'streams',
    scenario: '100 streams, 10 ms per token',
    figure: 'CPU per token with the durable log, times bare',
  },
  { part: 'streams', scenario: '100 streams, 10 ms per token', figure: 'CPU per token with store: false, times bare' },
  { part: 'streams', scenario: '100 streams, 10 ms per token', figure: 'time to first token, p50, added to direct' },
  {
    part: 'streams',
    scenario: '100 streams, 10 ms per token',
    figure: 'streams whose text was not what the upstream said',
  },
  {
    part: 'money',
    scenario: 'stored create with a budget, 64 clients',
    figure: 'CPU more than without',
  },
  {
    part: 'money',
    scenario: 'reserve and settle on one key, 64 at once',
    figure: 'rate of single statements, of the grouped one’s',
  },
  { part: 'money', scenario: 'look at a key', figure: 'CPU' },
  { part: 'documents', scenario: '26 hostile GraphQL documents of at most 1 MiB', figure: 'time to read the slowest' },
  { part: 'search', scenario: 'search in 10000 chunks of 800 tokens', figure: 'end to end without the embedding, p50' },
  {
    part: 'search',
    scenario: 'search in 100000 chunks of 800 tokens',
    figure: 'end to end without the embedding, p50',
  },
  {
    part: 'pages',
    scenario: 'GraphQL, the first page of 20 of 1000000 stored responses',
    figure: 'CPU of PostgreSQL, times the same of 1000',
  },
  {
    part: 'pages',
    scenario: 'GraphQL, the first page of 20 of 1000000 stored responses',
    figure: 'CPU of PostgreSQL',
  },
  { part: 'drops', scenario: '1000 subscriptions, each opened and dropped', figure: 'heap, after over before' },
  {
    part: 'subscribers',
    scenario: '500 subscribers of one run, over WebSocket',
    figure: 'CPU per token and subscriber',
  },
  { part: 'subscribers', scenario: '10000 idle subscriptions, a socket each', figure: 'resident memory each' },
  { part: 'refusals', scenario: 'a create refused over REST', figure: 'CPU, times bare' },
  { part: 'refusals', scenario: 'a create refused over GraphQL', figure: 'CPU, times bare' },
  {
    part: 'overload',
    scenario: '3× overload for 10 s, stored creates',
    figure: 'what a full load gets done, times what still does',
  },
  { part: 'overload', scenario: '3× overload for 10 s, stored creates', figure: 'neither answered nor refused' },
  { part: 'start', scenario: 'npm start', figure: 'first start to ready' },
  { part: 'start', scenario: 'idle', figure: 'resident memory of the gateway process' },
];

/**
 * What does not hold of the claims of these parts, in words. A claim that has no verdict, or that nothing was measured for, does
 * not hold.
 */
export function unkeptClaims(
  claims: readonly Claim[],
  findings: readonly Finding[],
  parts: ReadonlySet<string>,
): string[] {
  return claims
    .filter(({ part }) => parts.has(part))
    .flatMap(({ scenario, figure }) => {
      const name = `${scenario}: ${figure}`;
      const finding = findings.find((one) => one.scenario === scenario && one.figure === figure);
      if (finding === undefined) return [`${name}: nothing was measured by this name`];
      const reached = isReached(finding, TOLERANCE);
      if (reached === null) return [`${name}: no verdict, the machine was too busy`];
      return reached
        ? []
        : [`${name}: ${finding.measured?.median.toPrecision(3)} ${finding.unit}, the goal is ${finding.goal}`];
    });
}
