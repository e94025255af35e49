import { describe, expect, it } from '@jest/globals';
import { type Claim, TOLERANCE, unkeptClaims } from '../../bench/claims.js';
import { type Finding, isReached, once } from '../../bench/report.js';
import { spreadOf } from '../../bench/rounds.js';

const finding = (goal: number, measured: number | null, isLeast = false): Finding => ({
  scenario: 'creates',
  figure: 'CPU',
  goal,
  isLeast,
  unit: 'µs',
  measured: measured === null ? null : once(measured),
});
const claim: Claim = { part: 'create', scenario: 'creates', figure: 'CPU' };
const unkept = (one: Finding, parts = ['create']): string[] => unkeptClaims([claim], [one], new Set(parts));

describe('the gate of the benchmark', () => {
  it.each([
    ['at most, under it', finding(10, 9), true],
    ['at most, over it', finding(10, 10.1), false],
    ['at least, over it', finding(10, 11, true), true],
    ['at least, under it', finding(10, 9.9, true), false],
    ['too few rounds', finding(10, null), null],
  ])('reads a goal: %s', (_, one, reached) => {
    expect(isReached(one)).toBe(reached);
  });

  it('eases a claim by its tolerance, in both directions', () => {
    expect(unkept(finding(10, 10 * (1 + TOLERANCE) - 0.01))).toEqual([]);
    expect(unkept(finding(10, 10 * (1 + TOLERANCE) + 0.01))).toEqual(['creates: CPU: 11.0 µs, the goal is 10']);
    expect(unkept(finding(10, 10 * (1 - TOLERANCE) + 0.01, true))).toEqual([]);
    expect(unkept(finding(10, 10 * (1 - TOLERANCE) - 0.01, true))).toHaveLength(1);
  });

  it('holds nothing for kept that has no verdict or was not measured', () => {
    expect(unkept(finding(10, null))).toEqual([expect.stringContaining('no verdict')]);
    expect(unkept({ ...finding(10, 1), figure: 'renamed' })).toEqual([expect.stringContaining('nothing was measured')]);
  });

  it('asks nothing of parts that did not run', () => {
    expect(unkept(finding(10, 99), ['streams'])).toEqual([]);
  });

  it('gives no verdict on fewer than three rounds', () => {
    expect(spreadOf([new Map(), new Map()], () => 1)).toBeNull();
    expect(spreadOf([new Map(), new Map(), new Map()], () => 1)).toEqual(once(1));
  });
});
