import { hash, randomBytes } from 'node:crypto';

/** How a key is kept, and found: a hash needs no salt where the secret itself is random, and is the same on every look-up. */
export const hashKey = (key: string): Buffer => hash('sha256', key, 'buffer');

/** The same, to look things up by in memory. */
export const printedHash = (key: string): string => hash('sha256', key, 'base64');

/** A new secret key: 192 random bits behind a prefix that secret scanners can know. */
export const generateKey = (): string => `sk-antiphon-${randomBytes(24).toString('base64url')}`;

/** What a list may show of a key. */
export const keyHint = (key: string): string => key.slice(-4);
