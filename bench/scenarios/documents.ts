import 'reflect-metadata';
import { GatewayError } from '../../src/domain/errors.js';
import { createDocuments } from '../../src/graphql/documents.js';
import { buildGraphQLSchema, defaultGraphQLLimits } from '../../src/graphql/index.js';
import { limitRules } from '../../src/graphql/rules/index.js';
import type { Finding } from '../report.js';

const MIB = 1 << 20;
const repeat = (count: number, each: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => each(n)).join(' ');
/** As often as it fits into the largest document. */
const fill = (piece: string): string => piece.repeat(Math.floor((MIB - 200) / Buffer.byteLength(piece)));

/** Documents up to 1 MiB that make a reader work: each aims at one of its stages. */
const DOCUMENTS: Record<string, string> = {
  'brackets without end': fill('{'),
  'a string without end': `{ a(b: "${fill('\\"')}`,
  'block strings without end': fill('"""\n'),
  'a block string of escapes': `{ a(b: """${fill('\\"""')}`,
  'strings of one character': fill('"\n'),
  'a block string of indented lines': `{ response(id: """${fill('a\n ')}""") { id } }`,
  'a string of escapes': `{ response(id: "${fill('\\u00e9')}") { id } }`,
  comments: `{ __typename } ${fill('#\n')}`,
  commas: `{ __typename } ${fill(',')}`,
  'unknown long types': `query (${repeat(1200, (n) => `$v${n}: ${'R'.repeat(800)}`)}) { __typename }`,
  'unknown long fields': `{ viewer { ${repeat(1500, (n) => 'n'.repeat(650) + n)} } }`,
  'unknown fields': `{ viewer { ${repeat(4900, (n) => `nam${n}`)} } }`,
  'unknown arguments': `{ response(${repeat(1600, (n) => `i${n}: 1`)}) { id } }`,
  'unknown input fields': `mutation { createConversation(input: { ${repeat(1600, (n) => `m${n}: 1`)} }) { conversation { id } } }`,
  'the same field': `{ viewer { project { ${repeat(4900, () => 'name')} } } }`,
  'the same object': `{ viewer { ${repeat(1200, () => 'project { name }')} } }`,
  'fragments of fragments': `{ viewer { ...F0 } } ${repeat(600, (n) => `fragment F${n} on Viewer { ...F${n + 1} }`)} fragment F600 on Viewer { key { id } }`,
  'inline fragments': `{ ${repeat(800, () => '... on Query { __typename }')} }`,
  'aliases of one field': `{ ${repeat(1600, (n) => `a${n}: __typename`)} }`,
  'aliases in every fragment': `{ viewer { ...F0 } } ${repeat(190, (n) => `fragment F${n} on Viewer { a${n}: __typename ...F${n + 1} b${n}: __typename }`)} fragment F190 on Viewer { key { id } }`,
  directives: `{ viewer { key { id ${repeat(1600, () => '@a')} } } }`,
  'directives that differ': `{ viewer { key { id ${repeat(1200, (n) => `@include(if: $v${n})`)} } } }`,
  'levels of lists': `{ response(id: ${'['.repeat(190)}"${'x'.repeat(MIB - 1000)}"${']'.repeat(190)}) { id } }`,
  'many operations': repeat(1200, (n) => `query Q${n} { __typename }`),
  'the same variables': `query (${repeat(1600, () => '$v: ID')}) { __typename }`,
  'a large value': `mutation { createConversation(input: { metadata: { ${repeat(1600, (n) => `m${n}: "${'x'.repeat(600)}"`)} } }) { conversation { id } } }`,
};

/** What any document costs before it is refused or run: the slowest of many, each read by a reader that knows none. */
export function measureDocuments(): Finding[] {
  const schema = buildGraphQLSchema();
  const rules = limitRules(defaultGraphQLLimits);
  const read = (text: string): number => {
    const documents = createDocuments(schema, rules, defaultGraphQLLimits);
    const started = performance.now();
    try {
      documents.read(text);
    } catch (refused) {
      if (!(refused instanceof GatewayError)) throw refused;
    }
    return performance.now() - started;
  };
  const measured = Object.entries(DOCUMENTS).map(([name, text]) => {
    const times = Array.from({ length: 7 }, () => read(text)).sort((a, b) => a - b);
    return { name, min: times[0] ?? 0, median: times[3] ?? 0, max: times[6] ?? 0 };
  });
  const slowest = measured.reduce((worst, one) => (one.median > worst.median ? one : worst));
  return [
    {
      scenario: `${measured.length} hostile GraphQL documents of at most 1 MiB`,
      figure: 'time to read the slowest',
      goal: 50,
      unit: 'ms',
      measured: slowest,
      note: slowest.name,
    },
  ];
}
