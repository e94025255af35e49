/**
 * Runs once before all test files: refuses an older Node in one line, then starts the database all of them share.
 * Jest neither compiles nor resolves what its set-up imports, so this file is plain and loads the rest through tsx.
 */
export default async function globalSetup() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(
      `The tests need Node.js 24 or newer and found ${process.version}. Run "npm ci" without --omit=optional, then "npm test".`,
    );
  }
  const { tsImport } = await import('tsx/esm/api');
  const { startSharedCluster } = await tsImport('./shared-cluster.ts', import.meta.url);
  globalThis.testCluster = await startSharedCluster();
}
