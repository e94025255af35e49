import type { ReactNode } from 'react';
import { useSyncExternalStore } from 'react';
import { rememberedHeaders, watchHeaders } from './headers';

/** Says where the key goes, until one has been put there. */
export function KeyHint(): ReactNode {
  if (useSyncExternalStore(watchHeaders, rememberedHeaders) !== null) return null;
  return (
    <p className="key-hint" role="note">
      Running needs an API key: write it in place of <code>YOUR_KEY</code> under <b>Headers</b>, below the operation. It
      serves every tab of this page and is forgotten when the browser tab is closed. Reading the schema needs none.
    </p>
  );
}
