import { describe, expect, it } from '@jest/globals';
import { createSealer } from '../../src/services/access/sealer.js';

describe('sealed values', () => {
  const sealer = createSealer('a secret');

  it('open under the same secret and context', () => {
    expect(createSealer('a secret').open(sealer.seal('plain ✓', 'ctx'), 'ctx')).toBe('plain ✓');
  });

  it('never look the same twice, nor show what they hold', () => {
    expect(sealer.seal('plain', 'ctx')).not.toBe(sealer.seal('plain', 'ctx'));
    expect(sealer.seal('plain', 'ctx')).not.toContain('plain');
  });

  it('stay shut under another secret, another context, or when changed', () => {
    const sealed = sealer.seal('plain', 'ctx');
    expect(() => createSealer('another').open(sealed, 'ctx')).toThrow(/another ANTIPHON_SECRET/);
    expect(() => sealer.open(sealed, 'other')).toThrow();
    const [keyId, nonce, tag, text] = sealed.split('.');
    expect(() => sealer.open([keyId, nonce, tag, `${text}AA`].join('.'), 'ctx')).toThrow();
    expect(() => sealer.open('nonsense', 'ctx')).toThrow();
  });
});
