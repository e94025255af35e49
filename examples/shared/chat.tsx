import { type FormEvent, type ReactNode, useState, useSyncExternalStore } from 'react';
import type { Turn } from './turns';
import './chat.css';

/** The conversation in the address bar, so that another tab can open it; null before there is one. */
export function useConversationId(): string | null {
  const watch = (changed: () => void) => {
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  };
  return useSyncExternalStore(watch, () => location.hash.slice(1)) || null;
}

interface ChatProps {
  title: string;
  turns: readonly Turn[];
  isConnected: boolean;
  /** What went wrong with reading, if something did. */
  error?: Error | null | undefined;
  /** Starts an answer; throws what the person should read. */
  ask: (text: string) => Promise<void>;
}

/** The chat as it looks, whoever brings the data. */
export function Chat({ title, turns, isConnected, error, ask }: ChatProps): ReactNode {
  const [text, setText] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const problem = refusal ?? error?.message;
  const isBusy = turns.at(-1)?.status === 'IN_PROGRESS';

  async function send(submitted: FormEvent): Promise<void> {
    submitted.preventDefault();
    setRefusal(null);
    try {
      await ask(text);
      setText('');
    } catch (thrown) {
      setRefusal(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  return (
    <main>
      <header>
        <h1>{title}</h1>
        <span role="status">{isConnected ? 'connected' : 'reconnecting…'}</span>
        <a href={location.pathname}>New conversation</a>
      </header>
      <ol aria-label="Conversation">
        {turns.map((turn) => (
          <li key={turn.id} data-status={turn.status} aria-busy={turn.status === 'IN_PROGRESS'}>
            <p className="question">{turn.inputItems.nodes.map((item) => item.text).join('\n')}</p>
            <p className="answer">{turn.outputText}</p>
            {turn.error && <p role="alert">{turn.error.message}</p>}
          </li>
        ))}
      </ol>
      {problem && <p role="alert">{problem}</p>}
      <form onSubmit={send}>
        <input
          aria-label="Question"
          placeholder="Ask something"
          value={text}
          onChange={(event) => setText(event.target.value)}
          required
        />
        <button type="submit" disabled={isBusy}>
          Send
        </button>
      </form>
    </main>
  );
}
