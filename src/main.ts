/**
 * The process starts here. This file imports nothing, so that an older Node gets one clear line
 * instead of whatever the first static import happens to throw.
 */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `Antiphon needs Node.js 24 or newer and found ${process.version}. ` +
      'Run "npm ci" without --omit=optional, which brings Node 24 along on Linux, or install Node.js 24, then "npm start".\n',
  );
  process.exit(1);
}
// graphql-js looks at every value twice unless it is told that this is no development.
process.env.NODE_ENV ||= 'production';
await import('./serve.js');
