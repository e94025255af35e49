import { fetch as undiciFetch } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { createCheckedAgent } from './safe-http.js';

export interface SafeFetch {
  /**
   * As the platform's fetch, to public addresses only. Redirects are not followed: they are the answer. An answer longer than
   * `maxBytes` breaks off with an error. Nothing limits the time but the given signal.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Why a URL cannot be called, as far as the URL itself tells; or null. */
  refusal(url: string): string | null;
  close(): Promise<void>;
}

/** The way out for libraries that speak a protocol of their own over fetch. */
export function createSafeFetch(guard: AddressGuard, { maxBytes }: { maxBytes: number }): SafeFetch {
  const agent = createCheckedAgent(guard);
  return {
    async fetch(url, init) {
      const checked = guard.checkUrl(String(url));
      // Node's own types of fetch and undici's are of different ages; at run time they are the same.
      const given = { ...init, redirect: 'manual', dispatcher: agent } as Parameters<typeof undiciFetch>[1];
      const answer = (await undiciFetch(checked, given).catch(throwCause)) as unknown as Response;
      if (answer.body === null) return answer;
      const { status, statusText, headers } = answer;
      return new Response(answer.body.pipeThrough(limited(maxBytes)), { status, statusText, headers });
    },
    refusal(url) {
      try {
        guard.checkUrl(url);
        return null;
      } catch (thrown) {
        return (thrown as Error).message;
      }
    },
    close: () => agent.destroy(),
  };
}

/** fetch hides why it failed behind "fetch failed". */
function throwCause(thrown: unknown): never {
  throw thrown instanceof TypeError && thrown.cause instanceof Error ? thrown.cause : thrown;
}

function limited(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = maxBytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) controller.error(new Error(`The answer has more than ${maxBytes} bytes.`));
      else controller.enqueue(chunk);
    },
  });
}
