import type { FetchFunction, SubscribeFunction } from 'relay-runtime';
import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime';
import { createSocket, type Session } from '../shared/socket';

/** Queries and mutations by HTTP, subscriptions by the socket. Responses are stored by id: events keep every query up to date. */
export function createEnvironment(session: Session, onConnected: (isConnected: boolean) => void): Environment {
  const socket = createSocket(session, onConnected);

  const read: FetchFunction = async ({ text }, variables) => {
    const answer = await fetch(`${session.server}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${session.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return await answer.json();
  };
  const follow: SubscribeFunction = ({ text }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: text ?? '', variables }, sink as never));

  return new Environment({ network: Network.create(read, follow), store: new Store(new RecordSource()) });
}
