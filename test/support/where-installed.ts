import { describe } from '@jest/globals';

/**
 * `describe` for tests of a program that npm does not bring: where it is missing they are skipped, and why is printed. Where CI is
 * set they must not be (`.ci/run` installs what they need), so there its absence is an error.
 *
 * @param missing why it cannot be used here; null: it can
 */
export function describeWhereInstalled(missing: string | null, tested: string): typeof describe | typeof describe.skip {
  if (missing === null) return describe;
  if (!['', 'false', '0'].includes(process.env.CI ?? '')) throw new Error(`CI has to test ${tested}: ${missing}.`);
  process.stderr.write(`Not tested: ${tested}. ${missing}.\n`);
  return describe.skip;
}
