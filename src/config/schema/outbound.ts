import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const isHostOrNetwork = (entry: string): boolean =>
  entry.includes('/') ? ipaddr.isValidCIDR(entry) : ipaddr.isValid(entry) || /^[a-z0-9.-]{1,253}$/i.test(entry);

/** What is called on behalf of users: webhooks, web pages, remote files. Providers are the operator's own and not limited. */
export const OutboundSchema = z.strictObject({
  allow: z
    .array(
      z.string().refine(isHostOrNetwork, { message: 'expected a network (10.0.0.0/8), an address or a host name.' }),
    )
    .default([])
    .describe('What may be reached although it is not public, on every port: networks, addresses, host names.'),
});
