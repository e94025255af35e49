import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Principal } from '../../src/domain/principal.js';
import { createAccessService } from '../../src/services/access/access.service.js';

const KNOWN = 'sk-antiphon-known';
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The service in front of a table with one key, which notes what it is asked. */
function open() {
  const asked: unknown[][] = [];
  const principal = { projectId: 'p', keyId: 'k' } as Principal;
  const access = createAccessService({
    keys: {
      async findPrincipals(hashes: readonly Buffer[]) {
        asked.push([...hashes]);
        return hashes.map((hash) => (sha256(KNOWN).equals(hash) ? { principal, untilMs: null } : null));
      },
    },
    uses: { note: () => undefined },
    tokens: { isToken: () => false },
    clock: { now: () => 0 },
  } as never);
  return { access, asked, principal };
}

describe('a key', () => {
  it.each([
    ['nothing in common', 'zz'],
    ['the first characters in common', `${KNOWN.slice(0, -1)}x`],
    ['everything in common and more', `${KNOWN}x`],
  ])('that is wrong with %s is looked up by its hash alone, as the right one is', async (_what, wrong) => {
    const { access, asked, principal } = open();
    await expect(access.authenticate(`Bearer ${wrong}`)).rejects.toMatchObject({ status: 401 });
    expect(await access.authenticate(`Bearer ${KNOWN}`)).toBe(principal);
    // From memory: that too goes by the hash.
    expect(await access.authenticate(`Bearer ${KNOWN}`)).toBe(principal);
    await expect(access.authenticate(`Bearer ${wrong}`)).rejects.toMatchObject({ status: 401 });
    expect(asked).toEqual([[sha256(wrong)], [sha256(KNOWN)], [sha256(wrong)]]);
  });

  it('is looked up once for all who ask at the same time, and anew for who asks after a change', async () => {
    const { access, asked, principal } = open();
    const crowd = Array.from({ length: 100 }, () => access.authenticate(`Bearer ${KNOWN}`));
    expect(access.looking).toBe(100);
    access.forget();
    const later = [access.authenticate(`Bearer ${KNOWN}`), access.authenticate(`Bearer ${KNOWN}`)];
    for (const found of await Promise.all([...crowd, ...later])) expect(found).toBe(principal);
    expect(asked.flat()).toHaveLength(2);
    expect(access.looking).toBe(0);
  });

  it('of many is looked up with the others that are asked for meanwhile, each for itself', async () => {
    const { access, asked, principal } = open();
    const keys = Array.from({ length: 50 }, (_, n) => (n % 10 === 0 ? KNOWN : `${KNOWN}${n}`));
    const answers = await Promise.allSettled(keys.map((key) => access.authenticate(`Bearer ${key}`)));
    for (const [n, answer] of answers.entries())
      expect(answer).toMatchObject(n % 10 === 0 ? { value: principal } : { reason: { status: 401 } });
    expect(asked.length).toBeLessThan(4);
  });
});
