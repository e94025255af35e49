import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../context.js';
import { type AskedField, askedFields } from './asked-fields.js';
import { type Show, showPlainly } from './plain-selection.js';

type Values = Record<string, unknown>;

/** At the first fault of variables: telling them is graphql-js's. */
const STOP = { maxErrors: 0 };

/** Fields at the top of operations, with what they run. */
export type RootResolvers = ReadonlyMap<GraphQLField<unknown, Context>, GraphQLFieldResolver<unknown, Context>>;

/** A field at the top of an operation. */
interface RootField extends AskedField {
  readonly field: GraphQLField<unknown, unknown>;
  readonly resolve: GraphQLFieldResolver<unknown, Context>;
  readonly show: Show;
}

/** An operation that asks for members of what its root fields give. */
export class PlainOperation {
  private readonly fragments: GraphQLResolveInfo['fragments'] = Object.create(null);

  private constructor(
    private readonly schema: GraphQLSchema,
    readonly operation: OperationDefinitionNode,
    private readonly type: GraphQLObjectType,
    private readonly fields: readonly RootField[],
    document: DocumentNode,
  ) {
    for (const one of document.definitions)
      if (one.kind === Kind.FRAGMENT_DEFINITION) this.fragments[one.name.value] = one;
  }

  /** Null if it asks for more than that. */
  static of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    resolvers: RootResolvers,
  ): PlainOperation | null {
    const type = schema.getRootType(operation.operation);
    if (!type || (operation.directives?.length ?? 0) > 0) return null;
    const asked = askedFields({ schema, document }, type, [operation.selectionSet]);
    // Mutations run one after the other.
    if (asked === null || (asked.length > 1 && operation.operation !== OperationTypeNode.QUERY)) return null;
    const fields: RootField[] = [];
    for (const one of asked) {
      const field = type.getFields()[one.name];
      const show = field === undefined ? null : showPlainly({ schema, document }, field.type, one.sets);
      const resolve = field && resolvers.get(field);
      if (field === undefined || resolve === undefined || show === null) return null;
      fields.push({ ...one, field, resolve, show });
    }
    return new PlainOperation(schema, operation, type, fields, document);
  }

  /** Runs its root fields; null when graphql-js has to say what is wrong with variables or arguments, and nothing has run. */
  run(variables: Readonly<Values> | null | undefined, context: Context): Promise<unknown>[] | null {
    const { coerced } = getVariableValues(this.schema, this.operation.variableDefinitions ?? [], variables ?? {}, STOP);
    if (coerced === undefined) return null;
    let args: Values[];
    try {
      args = this.fields.map(({ field, nodes }) => getArgumentValues(field, nodes[0], coerced));
    } catch {
      return null;
    }
    return this.fields.map(async ({ key, field, nodes, resolve }, index) =>
      resolve(undefined, args[index] as Values, context, {
        fieldName: field.name,
        fieldNodes: nodes,
        returnType: field.type,
        parentType: this.type,
        path: { prev: undefined, key, typename: this.type.name },
        schema: this.schema,
        fragments: this.fragments,
        rootValue: undefined,
        operation: this.operation,
        variableValues: coerced,
      }),
    );
  }

  /** The data of the result, from what came of the root fields in their order. @throws where only graphql-js can tell */
  show(outcomes: readonly PromiseSettledResult<unknown>[], context: Context): Values {
    const data: Values = {};
    for (const [index, { key, show }] of this.fields.entries()) data[key] = show(given(outcomes[index]), context);
    return data;
  }

  /** The same for graphql-js, which goes on from there and runs nothing twice. */
  outcomes(outcomes: readonly PromiseSettledResult<unknown>[]): Outcomes {
    return new Outcomes(new Map(this.fields.map(({ key }, index) => [key, outcomes[index]])));
  }
}

/** What came of root fields, as the value that an operation begins with. */
export class Outcomes {
  constructor(private readonly byKey: ReadonlyMap<string | number, PromiseSettledResult<unknown> | undefined>) {}

  take(key: string | number): unknown {
    return given(this.byKey.get(key));
  }
}

function given(outcome: PromiseSettledResult<unknown> | undefined): unknown {
  if (outcome?.status === 'fulfilled') return outcome.value;
  throw outcome?.reason;
}
