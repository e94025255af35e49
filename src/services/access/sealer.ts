import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Seals what must be read back (webhook secrets, headers, opaque blobs) with AES-256-GCM under ANTIPHON_SECRET. A sealed
 * value is `<key id>.<nonce>.<tag>.<text>` in base64url: the key id in front says which secret opens it.
 */
export interface Sealer {
  readonly keyId: string;
  /** @param context what the value belongs to; it only opens with the same one */
  seal(plain: string, context: string): string;
  /** @throws Error when the value was sealed under another secret or context, or was changed */
  open(sealed: string, context: string): string;
}

export function createSealer(secret: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'antiphon sealing', 32));
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    keyId,
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [keyId, ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
    },
    open(sealed, context) {
      const [sealedBy, nonce, tag, text] = sealed.split('.');
      if (nonce === undefined || tag === undefined || text === undefined)
        throw new Error('This is not a sealed value.');
      if (sealedBy !== keyId) throw new Error('This value was sealed under another ANTIPHON_SECRET.');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
        .setAAD(Buffer.from(context))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return decipher.update(Buffer.from(text, 'base64url'), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
