import { describe, expect, it } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { SECONDS, TimeHistogram } from '../../src/observability/time-histogram.js';

const NAME = 'some_seconds';
const HELP = 'How long it took.';

describe('a histogram of times', () => {
  it('prints what prom-client prints of the same times', async () => {
    const registry = new Registry();
    const labelNames = ['route', 'method'];
    const theirs = new Histogram({ name: NAME, help: HELP, labelNames, buckets: SECONDS, registers: [registry] });
    const ours = new TimeHistogram(NAME, HELP);
    const kinds = [
      { route: '/a', method: 'GET' },
      { route: '/with "quotes"\\and\nlines', method: 'POST' },
    ];
    for (const [index, labels] of kinds.entries()) {
      const times = ours.series(labels);
      for (const seconds of [0, 0.005, 0.0051, 0.25, 3, 299, 300, 300.1, 5000].slice(index)) {
        times.observe(seconds);
        theirs.observe(labels, seconds);
      }
    }
    expect(ours.print()).toBe(await registry.metrics());
  });
});
