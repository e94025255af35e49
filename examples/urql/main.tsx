import { type ReactNode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  Client,
  cacheExchange,
  fetchExchange,
  Provider,
  subscriptionExchange,
  useMutation,
  useQuery,
  useSubscription,
} from 'urql';
import { Chat, useConversationId } from '../shared/chat';
import { ASK, CONVERSATION, FOLLOW, START } from '../shared/operations';
import { SignIn } from '../shared/sign-in';
import { createSocket, type Session } from '../shared/socket';
import { allTurns, type LiveTurns, withEvent } from '../shared/turns';

/** Queries and mutations by HTTP, subscriptions by the socket. What was read is shown at once when it is read again. */
function createUrqlClient(session: Session, onConnected: (isConnected: boolean) => void): Client {
  const socket = createSocket(session, onConnected);
  return new Client({
    url: `${session.server}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${session.key}` } },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: { ...variables } }, sink) }),
        }),
      }),
    ],
  });
}

interface ConversationProps {
  id: string;
  isConnected: boolean;
  ask: (text: string) => Promise<void>;
}

/** Reads once following has begun: what is not in the one is in the other. */
function Conversation({ id, ...props }: ConversationProps): ReactNode {
  const [following] = useSubscription(
    { query: FOLLOW, variables: { id } },
    (live: LiveTurns | undefined, { conversationEvents }) => withEvent(live, conversationEvents),
  );
  const [{ data, error }] = useQuery({
    query: CONVERSATION,
    variables: { id },
    pause: following.data === undefined,
    requestPolicy: 'cache-and-network',
  });
  const turns = allTurns(data?.conversation?.responses.nodes ?? [], following.data);
  return <Chat title="urql" turns={turns} error={error ?? following.error} {...props} />;
}

function Page({ model, isConnected }: { model: string; isConnected: boolean }): ReactNode {
  const id = useConversationId();
  const [, start] = useMutation(START);
  const [, send] = useMutation(ASK);

  async function begin(): Promise<string> {
    const { data, error } = await start({});
    const { conversation, userErrors } = data?.createConversation ?? {};
    if (!conversation) throw error ?? new Error(userErrors?.[0]?.message);
    return conversation.id;
  }
  async function ask(text: string): Promise<void> {
    const conversationId = id ?? (await begin());
    const { data, error } = await send({ conversationId, model, text });
    const refusal = error ?? data?.createResponse.userErrors[0];
    if (refusal) throw new Error(refusal.message);
    location.hash = conversationId;
  }
  if (id === null) return <Chat title="urql" turns={[]} isConnected={isConnected} ask={ask} />;
  return <Conversation key={id} id={id} isConnected={isConnected} ask={ask} />;
}

function App({ session }: { session: Session }): ReactNode {
  const [isConnected, setConnected] = useState(true);
  const [client] = useState(() => createUrqlClient(session, setConnected));
  return (
    <Provider value={client}>
      <Page model={session.model} isConnected={isConnected} />
    </Provider>
  );
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <SignIn>{(session) => <App session={session} />}</SignIn>,
);
