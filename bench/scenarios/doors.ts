import { askChat, askGateway, ownContender, type Question } from '../contenders.js';
import { contest, cpu, difference, ratio, workOf } from '../contest.js';
import type { Detail, Finding } from '../report.js';
import type { RoundsOptions } from '../rounds.js';
import type { Setting } from '../setting.js';
import { headers, SMALL } from './create.js';

const CLIENTS = 128;
const REQUESTS = 4000;
const WARM_UP = 12_000;
const REST = 'REST';
const GRAPHQL = 'GraphQL';

/** What a chat asks: the answer, how it ended, what it took. */
const CREATE = `mutation Ask($input: CreateResponseInput!) {
  createResponse(input: $input) {
    response { id status model outputText usage { inputTokens outputTokens totalTokens } }
    userErrors { code message }
  }
}`;

export const askGraphQL = ({ model, prompt }: Question) => ({
  path: '/graphql',
  headers,
  body: JSON.stringify({ query: CREATE, variables: { input: { model, input: { text: prompt } } } }),
});

/** The same stored create through both doors, beside the proxy that looks at nothing. */
export async function measureDoors(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const contenders = [
    { name: 'bare', ...setting.bare, ask: askChat, share: 1 },
    ownContender(setting, REST, askGateway()),
    ownContender(setting, GRAPHQL, askGraphQL),
  ];
  for (const one of contenders) await setting.load.run(workOf(one, SMALL, { clients: CLIENTS, count: WARM_UP }));
  const rounds = await contest(setting, contenders, SMALL, { clients: CLIENTS, count: REQUESTS }, options);
  const scenario = `stored create over GraphQL, ${CLIENTS} clients`;
  return {
    findings: [
      { scenario, figure: 'CPU, times bare', goal: 2.1, unit: '×', measured: ratio(rounds, cpu, GRAPHQL, 'bare') },
      {
        scenario,
        figure: 'CPU more than over REST',
        goal: 35,
        unit: 'µs',
        measured: difference(rounds, cpu, GRAPHQL, REST),
      },
    ],
    details: [{ scenario: 'doors', rounds }],
  };
}
