// Which way imports may point. A folder of src may import itself and what its row names; nothing else of src.
// TypeScript 7 has no JavaScript API, so the files are parsed by swc (types included).
const layers = {
  domain: [],
  observability: ['domain'],
  config: ['domain', 'observability'],
  providers: ['domain', 'observability'],
  persistence: ['domain', 'observability'],
  tools: ['domain', 'observability'],
  // config: its types only, see services-take-limits-by-argument
  services: ['domain', 'observability', 'persistence', 'providers', 'tools', 'config'],
  http: ['domain', 'observability', 'services'],
  graphql: ['domain', 'observability', 'services', 'http'],
  rest: ['domain', 'observability', 'services', 'http'],
  'playground/app': [],
};

const layerRules = Object.entries(layers).map(([folder, others]) => ({
  name: `${folder}-may-import`.replace('/', '-'),
  comment: `${folder}/ may import from src only: ${[folder, ...others].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

/** Files that may import what is heavy, and are themselves imported where they are first needed. */
const loadedLate = ['src/tools/mcp/client', 'src/tools/mcp/result', 'src/persistence/rate-counts/in-redis'];

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'services-take-limits-by-argument',
      comment: 'Services may name the types of limits; the values come from whoever builds them.',
      severity: 'error',
      from: { path: '^src/services/' },
      to: { path: '^src/config/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      comment: 'GraphQL types refer to each other by nature, through functions that run after loading.',
      severity: 'error',
      from: { pathNot: '^src/graphql/types/' },
      to: { circular: true },
    },
    {
      name: 'no-development-packages',
      comment: 'npm ci --omit=dev must still run the server.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/playground/app/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'loaded-when-used',
      comment: 'What few installations use, and takes megabytes, is imported where it is first needed.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^(${loadedLate.join('|')})\\.ts$` },
      to: {
        path: `^(${loadedLate.join('|')})\\.ts$|node_modules/(@modelcontextprotocol|pg-boss|ioredis)/`,
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { pathNot: '^src/playground/app/' },
      to: { couldNotResolve: true },
    },
    { name: 'src-stands-alone', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
