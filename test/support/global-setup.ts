/** Runs once before all test files. Refuses an older Node in one line: the parts under test need 24. */
export default async function globalSetup(): Promise<void> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(
      `The tests need Node.js 24 or newer and found ${process.version}. Run "npm ci" without --omit=optional, then "npm test".`,
    );
  }
}
