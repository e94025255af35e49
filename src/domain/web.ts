/** Where a user is, roughly (tools section). Members that are not known are null. */
export interface UserLocation {
  /** Two letters, ISO 3166. */
  country: string | null;
  region: string | null;
  city: string | null;
  /** IANA name. */
  timezone: string | null;
}

export interface WebQuery {
  query: string;
  /** Pages wanted, at most. */
  limit: number;
  /** Characters of text wanted per page, at most. */
  textLength: number;
  /** Only these domains and those below them; empty: all. */
  allowedDomains: readonly string[];
  /** None of these domains nor those below them. */
  blockedDomains: readonly string[];
  location: UserLocation | null;
  /** Nothing outside may be called: only what the server itself keeps counts. */
  isOffline: boolean;
}

/** A page that a search found. */
export interface FoundPage {
  url: string;
  title: string;
  /** What the search engine shows of it. */
  text: string;
  /** As the search engine wrote it; null where it did not. */
  publishedAt: string | null;
}

/** A page that was read. */
export interface WebPage {
  /** Where it was found in the end, after redirects. */
  url: string;
  title: string;
  /** Its readable text. */
  text: string;
}

/** Why a search or a page came to nothing, in words for a model. */
export class WebError extends Error {
  override name = 'WebError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
