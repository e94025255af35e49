import { type DocumentNode, parse, print } from 'graphql';

const files = import.meta.glob<string>('../../../schema/operations/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** The order of a first visit; operations that are not named here follow by name. */
const ORDER = ['first-answer', 'stream', 'resume', 'chain', 'conversation', 'prompt', 'file', 'knowledge', 'usage'];

const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** One tab per file of schema/operations, with its required variables laid out to be filled in. */
export function exampleTabs(): { query: string; variables: string | null }[] {
  return Object.entries(files)
    .map(([path, query]) => ({ name: path.replace(/^.*\/|\.graphql$/g, ''), query }))
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name))
    .map(({ query }) => ({ query, variables: variablesTemplate(parse(query)) }));
}

function variablesTemplate(document: DocumentNode): string | null {
  const required = document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition'
      ? (definition.variableDefinitions ?? []).filter(
          ({ type, defaultValue }) => type.kind === 'NonNullType' && defaultValue === undefined,
        )
      : [],
  );
  if (required.length === 0) return null;
  return JSON.stringify(
    Object.fromEntries(required.map(({ variable, type }) => [variable.name.value, `<${print(type)}>`])),
    null,
    2,
  );
}
