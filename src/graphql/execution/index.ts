import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from '../context.js';
import { FEW_FAULTS } from '../limits.js';
import { Outcomes, PlainOperation } from './plain-operation.js';
import { StillToCome } from './plain-selection.js';

export type Execute = (
  args: Omit<ExecutionArgs, 'contextValue' | 'schema'> & { contextValue: Context },
) => Promise<ExecutionResult> | ExecutionResult;

/**
 * graphql-js, except for operations that ask for members of what their root fields give, as most lists do: their selection is
 * gone through once per document and not once per row. What goes wrong with those is graphql-js's to tell as well: it begins with
 * what their root fields gave, which the schema's root fields learn here.
 */
export function createExecution(schema: GraphQLSchema): Execute {
  const resolvers = new Map<GraphQLField<unknown, Context>, GraphQLFieldResolver<unknown, Context>>();
  for (const type of [schema.getQueryType(), schema.getMutationType()])
    for (const field of Object.values(type?.getFields() ?? {})) {
      const { resolve } = field;
      if (resolve === undefined) continue;
      resolvers.set(field, resolve);
      field.resolve = (source: unknown, args, context, info) =>
        source instanceof Outcomes ? source.take(info.path.key) : resolve(source, args, context, info);
    }

  /** Null for operations that are not plain. */
  const known = new WeakMap<OperationDefinitionNode, PlainOperation | null>();
  const plainOf = ({ document, operationName }: Parameters<Execute>[0]): PlainOperation | null => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const found = known.get(operation);
    if (found !== undefined) return found;
    const plain = PlainOperation.of(schema, document, operation, resolvers);
    known.set(operation, plain);
    return plain;
  };

  const runPlainly = async (plain: PlainOperation, running: Promise<unknown>[], args: Parameters<Execute>[0]) => {
    const outcomes = await Promise.allSettled(running);
    try {
      return { data: plain.show(outcomes, args.contextValue) };
    } catch (thrown) {
      if (thrown instanceof StillToCome) known.set(plain.operation, null);
      return execute({ ...args, schema, options: FEW_FAULTS, rootValue: plain.outcomes(outcomes) });
    }
  };

  return (args) => {
    const plain = plainOf(args);
    const running = plain?.run(args.variableValues, args.contextValue) ?? null;
    return plain === null || running === null
      ? execute({ ...args, schema, options: FEW_FAULTS })
      : runPlainly(plain, running, args);
  };
}
