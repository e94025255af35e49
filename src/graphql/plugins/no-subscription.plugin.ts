import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';

/**
 * A subscription that was sent as an ordinary request, most likely with the `Accept` header forgotten, is told where it can
 * go (GraphQL over HTTP answers once; subscriptions need a socket or an event stream).
 */
export const useNoSubscription = (): ApolloServerPlugin => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== 'subscription') return;
      throw new GraphQLError(
        'Send a subscription over graphql-ws, or with "Accept: text/event-stream" for an event stream.',
        { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
      );
    },
  }),
});
