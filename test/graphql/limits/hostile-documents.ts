const repeat = (count: number, each: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => each(n)).join(' ');

const nested = (levels: number): string =>
  `{ response(id: "resp_1") { ${'previousResponse { '.repeat(levels)} id ${'} '.repeat(levels)} } }`;

/** Documents that a server should refuse before it runs them, and the limit each one passes. */
export const hostileDocuments: { name: string; limit: string; text: string }[] = [
  {
    name: 'a long name that every fault would repeat',
    limit: 'nameLength',
    text: `query ${'n'.repeat(201)}(${repeat(100, (n) => `$a${n}: Int`)}) { __typename }`,
  },
  {
    name: 'a long enum value',
    limit: 'nameLength',
    text: `{ responses(filter: { status: ${'C'.repeat(201)} }) { nodes { id } } }`,
  },
  { name: 'a document of 6,000 fields', limit: 'tokens', text: `{ ${repeat(6000, () => 'models')} }` },
  { name: 'a document 9,000 levels deep', limit: 'depth', text: nested(9000) },
  { name: 'a document 1,600 levels deep', limit: 'depth', text: nested(1600) },
  { name: '100,000 comments', limit: 'lines', text: `{ __typename } ${'#\n'.repeat(100_000)}` },
  {
    name: 'a block string of 200,000 lines',
    limit: 'lines',
    text: `{ response(id: """${'a\r '.repeat(200_000)}""") { id } }`,
  },
  { name: '21 copies of a field', limit: 'duplicates', text: `{ viewer { project { ${repeat(21, () => 'name')} } } }` },
  { name: '201 fragments', limit: 'fragments', text: `{ ${repeat(201, () => '... on Query { __typename }')} }` },
  {
    name: 'introspection in circles',
    limit: 'depth',
    text: '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
  },
  { name: 'fields nested 13 deep', limit: 'depth', text: nested(11) },
  {
    name: 'depth hidden in fragments',
    limit: 'depth',
    text: `{ response(id: "resp_1") { ...A } }
      fragment A on Response { previousResponse { previousResponse { previousResponse { previousResponse { ...B } } } } }
      fragment B on Response { previousResponse { previousResponse { previousResponse { previousResponse { ...C } } } } }
      fragment C on Response { previousResponse { previousResponse { previousResponse { id } } } }`,
  },
  {
    name: 'one field under 31 names',
    limit: 'aliases',
    text: `{ viewer { ${repeat(31, (n) => `a${n}: __typename`)} } }`,
  },
  {
    name: 'aliases multiplied by fragments',
    limit: 'aliases',
    text: `{ response(id: "resp_1") { ...A } }
      fragment A on Response { a: previousResponse { ...B } b: previousResponse { ...B } c: previousResponse { ...B } }
      fragment B on Response { a: previousResponse { ...C } b: previousResponse { ...C } c: previousResponse { ...C } }
      fragment C on Response { a: id b: id c: id }`,
  },
  {
    name: '11 things at once',
    limit: 'rootFields',
    text: `{ ${repeat(11, (n) => `a${n}: models { id }`)} }`,
  },
  {
    name: '11 mutations behind fragments',
    limit: 'rootFields',
    text: `mutation { ...A ...B } fragment A on Mutation { ${repeat(6, (n) => `a${n}: deleteResponse(id: "x") { deletedId }`)} }
      fragment B on Mutation { ${repeat(5, (n) => `b${n}: deleteResponse(id: "x") { deletedId }`)} }`,
  },
  {
    name: '51 directives',
    limit: 'directives',
    text: `{ models { id ${repeat(51, () => '@include(if: true)')} } }`,
  },
  {
    name: 'pages of pages',
    limit: 'cost',
    text: '{ responses(first: 100) { nodes { conversation { items(first: 100) { nodes { id } } } } } }',
  },
  {
    name: 'pages of pages whose size is a variable',
    limit: 'cost',
    text: `query Pages($n: Int) { conversations(last: $n) { nodes { responses(first: $n) { nodes { id } } } } }`,
  },
];

/** Documents that look alike and are within the limits. */
export const innocentDocuments: { name: string; text: string }[] = [
  { name: 'fields nested 12 deep', text: nested(10) },
  { name: 'one field under 30 names', text: `{ viewer { ${repeat(30, (n) => `a${n}: __typename`)} } }` },
  { name: '10 things at once', text: `{ ${repeat(10, (n) => `a${n}: models { id }`)} }` },
  { name: '50 directives', text: `{ models { id ${repeat(50, () => '@include(if: true)')} } }` },
  {
    name: 'a page of pages of the default size',
    text: '{ responses { nodes { conversation { items { nodes { id type status } } } } } }',
  },
];
