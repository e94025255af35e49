import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';

export const GRAPHQL_JSON = 'application/graphql-response+json';
const FAULTS_OF_THE_DOCUMENT = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/** Whether these refuse a document for what it says, not for its size. */
export const areFaultsOfTheDocument = (errors: readonly GraphQLFormattedError[]): boolean =>
  errors.length > 0 &&
  errors.every(({ extensions }) => FAULTS_OF_THE_DOCUMENT.has(String(extensions?.code)) && !extensions?.limit);

/**
 * GraphQL over HTTP: a client that does not know `application/graphql-response+json` gets faults of its document with status
 * 200, because under plain `application/json` a 4xx may come from anything in between. Other refusals keep their status, those
 * by a limit included.
 */
export function useLegacyStatus(): ApolloServerPlugin {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ request, response }) {
          if (response.http.status !== 400 || request.http?.headers.get('accept')?.includes(GRAPHQL_JSON)) return;
          const faults = response.body.kind === 'single' ? (response.body.singleResult.errors ?? []) : [];
          if (areFaultsOfTheDocument(faults)) response.http.status = 200;
        },
      };
    },
  };
}
