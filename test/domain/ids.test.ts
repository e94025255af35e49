import { describe, expect, it } from '@jest/globals';
import { newCallId, newUuid, parseItemId, parsePublicId, toItemId, toPublicId } from '../../src/domain/ids.js';

describe('ids', () => {
  it('come back from their public form', () => {
    const uuid = newUuid();
    expect(parsePublicId('response', toPublicId('response', uuid))).toBe(uuid);
    expect(parseItemId(toItemId('message', uuid))).toBe(uuid);
  });

  it('grow with time', () => {
    const ids = Array.from({ length: 1000 }, newUuid);
    expect([...ids].sort()).toEqual(ids);
  });

  it.each([
    '',
    'resp_',
    'resp_xyz',
    `conv_${'0'.repeat(32)}`,
    `resp_${'0'.repeat(31)}`,
    `resp_${'G'.repeat(32)}`,
    `resp_${'0'.repeat(33)}`,
  ])('are not made of %p', (text) => {
    expect(parsePublicId('response', text)).toBeNull();
  });

  it('share a prefix when the item type is unknown, even one that names a built-in member', () => {
    expect(toItemId('constructor', newUuid())).toMatch(/^item_/);
    expect(toItemId('holographic_call', newUuid())).toMatch(/^item_/);
  });

  it('keeps call ids within 64 characters', () => {
    expect(newCallId().length).toBeLessThanOrEqual(64);
  });
});
