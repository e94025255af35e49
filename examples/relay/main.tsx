import { type ReactNode, Suspense, useMemo, useReducer, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { RelayEnvironmentProvider, useLazyLoadQuery, useRelayEnvironment, useSubscription } from 'react-relay';
import { commitMutation, type GraphQLTaggedNode, type MutationParameters } from 'relay-runtime';
import { Chat, useConversationId } from '../shared/chat';
import { SignIn } from '../shared/sign-in';
import type { Session } from '../shared/socket';
import { allTurns, type LiveTurns, withEvent } from '../shared/turns';
import type { operationsAskMutation } from './__generated__/operationsAskMutation.graphql';
import type { operationsConversationQuery } from './__generated__/operationsConversationQuery.graphql';
import type { operationsFollowSubscription } from './__generated__/operationsFollowSubscription.graphql';
import type { operationsStartMutation } from './__generated__/operationsStartMutation.graphql';
import { createEnvironment } from './environment';
import { ASK, CONVERSATION, FOLLOW, START } from './operations';

interface ConversationProps {
  id: string;
  isConnected: boolean;
  error?: Error | null;
  ask: (text: string) => Promise<void>;
}

function Read({ id, live, ...props }: ConversationProps & { live: LiveTurns }): ReactNode {
  const data = useLazyLoadQuery<operationsConversationQuery>(
    CONVERSATION,
    { id },
    { fetchPolicy: 'store-and-network' },
  );
  return <Chat title="Relay" turns={allTurns(data.conversation?.responses.nodes ?? [], live)} {...props} />;
}

/** Reads once following has begun: what is not in the one is in the other. */
function Conversation(props: ConversationProps): ReactNode {
  const [live, take] = useReducer(withEvent, undefined);
  const [error, setError] = useState<Error | null>(null);
  const following = useMemo(
    () => ({
      subscription: FOLLOW,
      variables: { id: props.id },
      onNext(data: operationsFollowSubscription['response'] | null | undefined) {
        if (data) take(data.conversationEvents);
      },
      onError: setError,
    }),
    [props.id],
  );
  useSubscription<operationsFollowSubscription>(following);
  const waiting = <Chat title="Relay" turns={allTurns([], live)} error={error} {...props} />;
  if (live === undefined) return waiting;
  return (
    <Suspense fallback={waiting}>
      <Read live={live} error={error} {...props} />
    </Suspense>
  );
}

function Page({ model, isConnected }: { model: string; isConnected: boolean }): ReactNode {
  const id = useConversationId();
  const environment = useRelayEnvironment();

  function mutate<Mutation extends MutationParameters>(
    mutation: GraphQLTaggedNode,
    variables: Mutation['variables'],
  ): Promise<Mutation['response']> {
    return new Promise((onCompleted, onError) => {
      commitMutation<Mutation>(environment, { mutation, variables, onCompleted, onError });
    });
  }
  async function begin(): Promise<string> {
    const { conversation, userErrors } = (await mutate<operationsStartMutation>(START, {})).createConversation;
    if (!conversation) throw new Error(userErrors[0]?.message);
    return conversation.id;
  }
  async function ask(text: string): Promise<void> {
    const conversationId = id ?? (await begin());
    const { createResponse } = await mutate<operationsAskMutation>(ASK, { conversationId, model, text });
    const refusal = createResponse.userErrors[0];
    if (refusal) throw new Error(refusal.message);
    location.hash = conversationId;
  }
  if (id === null) return <Chat title="Relay" turns={[]} isConnected={isConnected} ask={ask} />;
  return <Conversation key={id} id={id} isConnected={isConnected} ask={ask} />;
}

function App({ session }: { session: Session }): ReactNode {
  const [isConnected, setConnected] = useState(true);
  const [environment] = useState(() => createEnvironment(session, setConnected));
  return (
    <RelayEnvironmentProvider environment={environment}>
      <Page model={session.model} isConnected={isConnected} />
    </RelayEnvironmentProvider>
  );
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <SignIn>{(session) => <App session={session} />}</SignIn>,
);
