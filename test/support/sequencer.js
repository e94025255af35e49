import Sequencer from '@jest/test-sequencer';

/** Where the long files are: they start processes and browsers, and wait for the death of some. */
const LONG = ['examples', 'faults', 'playground', 'conformance', 'persistence'];

/** Long files first, so that no worker is left with one when the others have nothing to do any more. */
export default class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    // Jest puts the longest first by itself once it has seen them; a fresh checkout only knows their sizes.
    if (sorted.some((test) => test.duration !== undefined)) return sorted;
    const rank = ({ path }) => LONG.findIndex((folder) => path.includes(`/test/${folder}/`)) >>> 0;
    return [...sorted].sort((a, b) => rank(a) - rank(b));
  }
}
