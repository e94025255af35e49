import ipaddr from 'ipaddr.js';

/** Why a URL is not called. */
export type UnsafeUrlCode =
  | 'invalid_url'
  | 'unsupported_scheme'
  | 'credentials_in_url'
  | 'port_not_allowed'
  | 'address_not_public';

/** A URL that comes from a user and must not be called: it would reach what only the server can reach. */
export class UnsafeUrlError extends Error {
  override name = 'UnsafeUrlError';
  readonly code: UnsafeUrlCode;

  constructor(code: UnsafeUrlCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface AddressGuard {
  /** Opens these from now on, and no others. @throws Error naming the entry that is none of the kinds */
  use(allow: readonly string[]): void;
  /**
   * Checks what the URL itself says: scheme, credentials, port, and an address written out. Names are checked when they are
   * resolved.
   *
   * @throws UnsafeUrlError in words for the user who gave the URL
   */
  checkUrl(url: string): URL;
  /** Whether the URL itself names a host or an address that the operator has opened. */
  isOpened(url: URL): boolean;
  /** Whether a connection to this address may be opened for this host name. */
  mayConnect(hostname: string, address: string): boolean;
}

/** Ports that web servers answer on; others are how one talks to a database through a web client. */
const PORTS = new Set(['', '80', '443']);
const MAX_URL_LENGTH = 2048;

/**
 * Tells public addresses from those of the server's own surroundings (loopback, private and link-local networks, cloud
 * metadata, carrier NAT, tunnels, multicast, reserved).
 *
 * @param allow what an operator opens nevertheless, on every port: networks (`10.0.0.0/8`), addresses, or host names
 * @throws Error naming the entry that is none of these
 */
export function createAddressGuard(allow: readonly string[] = []): AddressGuard {
  let { networks, hosts } = readAllowed(allow);

  const isAllowed = (hostname: string, address: ipaddr.IPv4 | ipaddr.IPv6 | null): boolean => {
    if (hosts.has(hostname)) return true;
    return networks.some(([network, bits]) => address?.kind() === network.kind() && address.match(network, bits));
  };
  const mayConnect = (hostname: string, address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return isAllowed(hostname.toLowerCase(), parsed) || parsed.range() === 'unicast';
  };

  const isOpened = (url: URL): boolean => {
    const literal = literalOf(url);
    return isAllowed(url.hostname, literal === null ? null : ipaddr.process(literal));
  };

  return {
    use(next) {
      ({ networks, hosts } = readAllowed(next));
    },
    isOpened,
    checkUrl(text) {
      if (text.length > MAX_URL_LENGTH)
        throw new UnsafeUrlError('invalid_url', `a URL has at most ${MAX_URL_LENGTH} characters.`);
      let url: URL;
      try {
        url = new URL(text);
      } catch {
        throw new UnsafeUrlError('invalid_url', 'this is not a URL.');
      }
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new UnsafeUrlError('unsupported_scheme', 'only http and https are possible.');
      if (url.username !== '' || url.password !== '')
        throw new UnsafeUrlError('credentials_in_url', 'a URL cannot carry credentials.');
      const literal = literalOf(url);
      if (!isOpened(url) && !PORTS.has(url.port))
        throw new UnsafeUrlError('port_not_allowed', 'only the ports 80 and 443 are possible.');
      if (literal !== null && !mayConnect(url.hostname, literal))
        throw new UnsafeUrlError('address_not_public', 'this address is not a public one.');
      return url;
    },
    mayConnect,
  };
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

function readAllowed(allow: readonly string[]): { networks: Network[]; hosts: Set<string> } {
  const networks: Network[] = [];
  const hosts = new Set<string>();
  for (const entry of allow) {
    if (entry.includes('/')) networks.push(parseNetwork(entry));
    else if (ipaddr.isValid(entry)) networks.push(parseNetwork(`${entry}/${entry.includes(':') ? 128 : 32}`));
    else if (/^[a-z0-9.-]{1,253}$/i.test(entry)) hosts.add(entry.toLowerCase());
    else throw new Error(`'${entry}' is neither a network, an address nor a host name.`);
  }
  return { networks, hosts };
}

/** The address a URL writes out, in whatever notation (the URL class has made one of them), or null for a name. */
function literalOf({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}

function parseNetwork(entry: string): Network {
  try {
    return ipaddr.parseCIDR(entry);
  } catch {
    throw new Error(`'${entry}' is not a network such as 10.0.0.0/8.`);
  }
}
