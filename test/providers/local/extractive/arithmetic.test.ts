import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calculate } from '../../../../src/providers/local/extractive/arithmetic.js';

describe('calculate', () => {
  it.each([
    ['what is 12 * (3+4)?', '84'],
    ['2 + 3 * 4 - 5', '9'],
    ['2 ^ 3 ^ 2', '512'],
    ['-2 ^ 2', '-4'],
    ['(-2) ^ 2', '4'],
    ['2 ^ -2', '0.25'],
    ['10 / 4', '2.5'],
    ['1 / 3', '0.333333333333333'],
    ['10 % 4', '2'],
    ['0.1 + 0.2', '0.3'],
    ['1,250 * 4', '5000'],
    ['15% of 200', '30'],
    ['What is seven?', null],
    ['What is 12 times 3?', '36'],
    ['How much is 9 divided by 3 plus 1?', '4'],
    ['Calculate 3 squared', '9'],
    ['9 ^ 0.5', '3'],
    ['6 × 7 =', '42'],
    ['.5 + .25', '0.75'],
    ['5 / 0', 'Division by zero is undefined.'],
    ['5 % 0', 'Division by zero is undefined.'],
    ['9 ^ 999999', 'That number is too large for me to compute.'],
    ['9 ^ 20.5', 'That power has no real value I can compute.'],
    ['(-1) ^ 0.5', 'That power has no real value I can compute.'],
    ['42', null],
    ['-42', null],
    ['2024-05-01', null],
    ['1 +', null],
    ['(1 + 2', null],
    ['1 + 2)', null],
    ['1 2 + 3', null],
    ['1.2.3 + 4', null],
    ['process.exit(1)', null],
  ])('%s → %s', (question, expected) => {
    expect(calculate(question)).toBe(expected);
  });

  it('agrees with exact integer arithmetic', () => {
    const whole = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(whole, whole, whole, (a, b, c) => {
        const expected = BigInt(a) * BigInt(b) - BigInt(c);
        return calculate(`(${a}) * (${b}) - (${c})`) === expected.toString();
      }),
    );
  });

  it('ends for any text and never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.+-*/^%() ='.split('')), maxLength: 60 });
    fc.assert(
      fc.property(text, (question) => {
        const answer = calculate(question);
        return answer === null || typeof answer === 'string';
      }),
      { numRuns: 2_000 },
    );
    expect(calculate(`${'('.repeat(400)}1${')'.repeat(400)} + 1`)).toBeNull();
    expect(calculate(`1${'^9'.repeat(400)}`)).not.toBeUndefined();
  });
});
