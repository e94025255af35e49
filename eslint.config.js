import graphql from '@graphql-eslint/eslint-plugin';

/** The GraphQL schema only: TypeScript is Biome's. */
export default [
  {
    files: ['schema/schema.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: 'schema/schema.graphql' } } },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Everything is explained, not only types: a test has more to say about what an explanation is.
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],
      // Connections are the only lists with pages; a list that is short by nature is a list of its things. A test says which
      // types with an id are no Node, and why; rows of usage have none.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      // Some lists are read forwards only.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      // Payloads, events and content parts are values: what has an identity implements Node.
      '@graphql-eslint/strict-id-in-types': 'off',
      // `File.filename` and `Refusal.refusal` are the API's own names.
      '@graphql-eslint/no-typename-prefix': 'off',
    },
  },
];
