import { type FormEvent, type ReactNode, useState } from 'react';
import type { Session } from './socket';

const REMEMBERED = 'antiphon-example';

/** Asks for server, key and model once per browser tab: a key must not outlive it on a shared machine. */
export function SignIn({ children }: { children: (session: Session) => ReactNode }): ReactNode {
  const [session, setSession] = useState<Session | null>(() =>
    JSON.parse(sessionStorage.getItem(REMEMBERED) ?? 'null'),
  );
  if (session !== null) return children(session);

  function signIn(submitted: FormEvent<HTMLFormElement>): void {
    submitted.preventDefault();
    const entered = Object.fromEntries(new FormData(submitted.currentTarget)) as unknown as Session;
    sessionStorage.setItem(REMEMBERED, JSON.stringify(entered));
    setSession(entered);
  }
  return (
    <main>
      <form className="sign-in" onSubmit={signIn}>
        <h1>Antiphon chat</h1>
        <label>
          Server <input name="server" type="url" required defaultValue={location.origin} />
        </label>
        <label>
          Key <input name="key" type="password" required autoComplete="off" />
        </label>
        <label>
          Model <input name="model" required defaultValue="local" />
        </label>
        <button type="submit">Sign in</button>
      </form>
    </main>
  );
}
