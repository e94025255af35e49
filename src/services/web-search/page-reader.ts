import { WebError, type WebPage } from '../../domain/web.js';
import { UnsafeUrlError } from '../../providers/safe-http/address-guard.js';
import type { SafeAnswer, SafeHttp } from '../../providers/safe-http/safe-http.js';
import type { PageText } from './page-text.js';

export interface PageReader {
  /**
   * Fetches a public page and reads it. @throws WebError with a code: why the address is refused, `timeout`, `unreachable`,
   * `http_status`, `too_many_redirects`, `unsupported_content_type`, `too_large`, `unreadable_page`; or the signal's reason
   */
  read(url: string, signal: AbortSignal): Promise<WebPage>;
}

export interface PageReaderOptions {
  http: SafeHttp;
  pageText: PageText;
  /** For everything together: resolving, connecting, redirects, reading. */
  timeoutMs: number;
  maxBytes: number;
}

const MAX_REDIRECTS = 5;
const ACCEPT =
  'text/html,application/xhtml+xml,text/plain;q=0.9,text/*;q=0.8,application/json;q=0.7,application/pdf;q=0.7';

/** Content types that are text, with the ending by which their reader is found. */
const KINDS: readonly [type: RegExp, extension: string][] = [
  [/^(text\/html|application\/xhtml\+xml)$/, '.html'],
  [/^application\/pdf$/, '.pdf'],
  [/^application\/([\w.-]+\+)?json$/, '.json'],
  [/^(text\/[\w.+-]+|application\/([\w.-]+\+)?xml)$/, '.txt'],
];

export function createPageReader({ http, pageText, timeoutMs, maxBytes }: PageReaderOptions): PageReader {
  return {
    async read(url, signal) {
      const answer = await http
        .request(url, {
          timeoutMs,
          maxBytes,
          maxRedirects: MAX_REDIRECTS,
          headers: { accept: ACCEPT, 'user-agent': 'Mozilla/5.0 (compatible; Antiphon)' },
          signal,
        })
        .catch((thrown: unknown) => {
          signal.throwIfAborted();
          throw toWebError(thrown);
        });
      const { extension, charset } = kindOf(answer);
      const { title, text } = await pageText.read({ bytes: answer.body, filename: `page${extension}`, charset });
      return { url: answer.url, title: title || answer.url, text };
    },
  };
}

/** @throws WebError for an answer that is no page, or none that can be read */
function kindOf({ status, headers, isCut }: SafeAnswer): { extension: string; charset: string | null } {
  if (status >= 300 && status < 400)
    throw new WebError('too_many_redirects', 'The address leads from one to the next.');
  if (status < 200 || status > 299) throw new WebError('http_status', `The page answers with status ${status}.`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new WebError('unsupported_content_type', 'The page is sent in a compressed form.');
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const extension = KINDS.find(([pattern]) => pattern.test(type.trim()))?.[1];
  if (extension === undefined)
    throw new WebError(
      'unsupported_content_type',
      `There is no page at this address, but '${type.trim().slice(0, 100)}'.`,
    );
  // A page can be read from its beginning, a PDF cannot.
  if (isCut && extension === '.pdf') throw new WebError('too_large', 'The document is too large.');
  const charset = parameters.map((entry) => /^\s*charset="?([\w-]{2,40})"?\s*$/.exec(entry)?.[1]).find(Boolean);
  return { extension, charset: charset ?? null };
}

function toWebError(thrown: unknown): WebError {
  const { cause, name } = thrown as { cause?: unknown; name?: string };
  const unsafe = [thrown, cause].find((error) => error instanceof UnsafeUrlError);
  if (unsafe !== undefined) return new WebError(unsafe.code, `The address is refused: ${unsafe.message}`);
  if (name === 'TimeoutError') return new WebError('timeout', 'The page did not come in time.');
  return new WebError('unreachable', 'The page cannot be reached.');
}
