import { describe, expect, it } from '@jest/globals';
import { Graces } from '../../src/services/responses/graces.js';

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('periods of grace', () => {
  it('end in the order in which they began, but for those that were stopped', async () => {
    const over: string[] = [];
    const graces = new Graces<string>({ graceMs: () => 30, onOver: (subject) => over.push(subject) });
    const [, second] = ['a', 'b', 'c'].map((subject) => graces.start(subject));
    if (second !== undefined) graces.stop(second);
    await until(() => over.length === 2);
    expect(over).toEqual(['a', 'c']);
  });

  it('last their whole time, each from its own beginning and told once', async () => {
    const over = new Map<string, number>();
    const begun = new Map<string, number>();
    const graces = new Graces<string>({
      graceMs: () => 60,
      onOver(subject) {
        expect(over.has(subject)).toBe(false);
        over.set(subject, performance.now());
      },
    });
    const start = (subject: string): void => {
      begun.set(subject, performance.now());
      graces.start(subject);
    };
    start('first');
    await new Promise((resolve) => setTimeout(resolve, 30));
    start('second');
    await until(() => over.size === 2);
    for (const [subject, sinceMs] of begun) expect((over.get(subject) ?? 0) - sinceMs).toBeGreaterThan(59);
    expect([...over.keys()]).toEqual(['first', 'second']);
  });

  it('begin anew after all have ended', async () => {
    const over: string[] = [];
    const graces = new Graces<string>({ graceMs: () => 5, onOver: (subject) => over.push(subject) });
    graces.start('a');
    await until(() => over.length === 1);
    graces.start('a');
    await until(() => over.length === 2);
    expect(over).toEqual(['a', 'a']);
  });
});
