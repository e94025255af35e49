import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Principal } from '../../src/domain/principal.js';
import { createAccessService } from '../../src/services/access/access.service.js';

const KNOWN = 'sk-antiphon-known';
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The service in front of a table with one key, which notes what it is asked. */
function open(untilMs: number | null = null) {
  const asked: unknown[][] = [];
  let nowMs = 1_000_000;
  const principal = { projectId: 'p', keyId: 'k' } as Principal;
  const access = createAccessService({
    keys: {
      async findPrincipals(hashes: readonly Buffer[]) {
        asked.push([...hashes]);
        return hashes.map((hash) => (sha256(KNOWN).equals(hash) ? { principal, untilMs } : null));
      },
    },
    uses: { note: () => undefined },
    tokens: { isToken: () => false },
    clock: { now: () => nowMs },
  } as never);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { access, asked, principal, pass };
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

  it('that was looked up is recognised by its header, for a second and until something changes', async () => {
    const { access, principal, pass } = open();
    const header = `Bearer ${KNOWN}`;
    expect(access.recognise(header)).toBeNull();
    for (const end of [() => pass(1000), () => access.forget()]) {
      await access.authenticate(header);
      expect([1, 2, 3].map(() => access.recognise(header))).toEqual([principal, principal, principal]);
      expect([access.recognise(undefined), access.recognise(KNOWN), access.recognise(`${header}x`)]).toEqual([
        null,
        null,
        null,
      ]);
      pass(999);
      expect(access.recognise(header)).toBe(principal);
      end();
      expect(access.recognise(header)).toBeNull();
      pass(1000);
    }
  });

  it('that expires sooner is recognised no longer than that', async () => {
    const { access, principal, pass } = open(1_000_300);
    const header = `Bearer ${KNOWN}`;
    await access.authenticate(header);
    expect(access.recognise(header)).toBe(principal);
    pass(299);
    expect(access.recognise(header)).toBe(principal);
    pass(1);
    expect(access.recognise(header)).toBeNull();
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
