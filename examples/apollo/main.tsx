import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloProvider, useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { type ReactNode, useReducer, useState } from 'react';
import { createRoot } from 'react-dom/client';
import generated from '../generated/possible-types';
import { Chat, useConversationId } from '../shared/chat';
import { ASK, CONVERSATION, FOLLOW, START } from '../shared/operations';
import { SignIn } from '../shared/sign-in';
import { createSocket, type Session } from '../shared/socket';
import { allTurns, withEvent } from '../shared/turns';

/** Queries and mutations by HTTP, subscriptions by the socket. Responses are cached by id: events keep every query up to date. */
function createApolloClient(session: Session, onConnected: (isConnected: boolean) => void): ApolloClient {
  return new ApolloClient({
    cache: new InMemoryCache({
      possibleTypes: generated.possibleTypes,
      // Each event replaces the one before it.
      typePolicies: { Subscription: { fields: { conversationEvents: { merge: false } } } },
    }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(createSocket(session, onConnected)),
      new HttpLink({ uri: `${session.server}/graphql`, headers: { authorization: `Bearer ${session.key}` } }),
    ),
  });
}

interface ConversationProps {
  id: string;
  isConnected: boolean;
  ask: (text: string) => Promise<void>;
}

/** Reads once following has begun: what is not in the one is in the other. */
function Conversation({ id, ...props }: ConversationProps): ReactNode {
  const [live, take] = useReducer(withEvent, undefined);
  const following = useSubscription(FOLLOW, {
    variables: { id },
    ignoreResults: true,
    onData({ data: { data } }) {
      if (data) take(data.conversationEvents);
    },
  });
  const { data, error } = useQuery(CONVERSATION, {
    variables: { id },
    skip: live === undefined,
    fetchPolicy: 'cache-and-network',
  });
  const turns = allTurns(data?.conversation?.responses.nodes ?? [], live);
  return <Chat title="Apollo Client" turns={turns} error={error ?? following.error} {...props} />;
}

function Page({ model, isConnected }: { model: string; isConnected: boolean }): ReactNode {
  const id = useConversationId();
  const [start] = useMutation(START);
  const [send] = useMutation(ASK);

  async function begin(): Promise<string> {
    const { conversation, userErrors } = (await start()).data?.createConversation ?? {};
    if (!conversation) throw new Error(userErrors?.[0]?.message ?? 'There is no conversation.');
    return conversation.id;
  }
  async function ask(text: string): Promise<void> {
    const conversationId = id ?? (await begin());
    const { data } = await send({ variables: { conversationId, model, text } });
    const refusal = data?.createResponse.userErrors[0];
    if (refusal) throw new Error(refusal.message);
    location.hash = conversationId;
  }
  if (id === null) return <Chat title="Apollo Client" turns={[]} isConnected={isConnected} ask={ask} />;
  return <Conversation key={id} id={id} isConnected={isConnected} ask={ask} />;
}

function App({ session }: { session: Session }): ReactNode {
  const [isConnected, setConnected] = useState(true);
  const [client] = useState(() => createApolloClient(session, setConnected));
  return (
    <ApolloProvider client={client}>
      <Page model={session.model} isConnected={isConnected} />
    </ApolloProvider>
  );
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <SignIn>{(session) => <App session={session} />}</SignIn>,
);
