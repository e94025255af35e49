import { type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { errors } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import type { Execute } from './execution/index.js';
import type { GraphQLLimits } from './limits.js';
import { costOf } from './rules/max-cost.rule.js';

export type Operations = ReturnType<typeof createOperations>;

const tooLate = (afterMs: number): ExecutionResult => ({
  errors: [
    new GraphQLError('Too late', {
      originalError: errors.executionTimeout(afterMs),
      extensions: { http: { status: 400 } },
    }),
  ],
});

/** Bounds what goes on at once and how long: the same for every transport. */
export function createOperations(
  execute: Execute,
  limits: Pick<GraphQLLimits, 'operationsPerKey' | 'executionMs' | 'cost'>,
  { tellsCost = true }: { tellsCost?: boolean } = {},
) {
  const running = new Map<string, number>();

  /** The result with what its operation cost, as far as it was measured: the limit it was held against is the document's. */
  const withCost = (result: ExecutionResult, { document, operationName }: Parameters<Execute>[0]): ExecutionResult => {
    const operation = getOperationAST(document, operationName);
    const requested = operation ? costOf(operation) : undefined;
    if (requested === undefined) return result;
    return { ...result, extensions: { ...result.extensions, cost: { requested, limit: limits.cost } } };
  };

  return {
    /**
     * Counts an operation of this key until the returned function is called.
     *
     * @throws 429 when too many go on
     */
    enter({ keyId }: Principal): () => void {
      const count = (running.get(keyId) ?? 0) + 1;
      if (count > limits.operationsPerKey)
        throw errors.tooManyOperations(
          'operationsPerKey',
          `At most ${limits.operationsPerKey} operations of one key may run at once.`,
        );
      running.set(keyId, count);
      let isRunning = true;
      return () => {
        if (!isRunning) return;
        isRunning = false;
        const rest = (running.get(keyId) ?? 1) - 1;
        if (rest > 0) running.set(keyId, rest);
        else running.delete(keyId);
      };
    },

    /** Executes a query or mutation. One that takes too long is answered without its data, and what it waits for is told. */
    async execute(args: Parameters<Execute>[0]): Promise<ExecutionResult> {
      const { contextValue: context } = args;
      try {
        // Racing two promises makes six more, for every operation.
        const result = await new Promise<ExecutionResult>((resolve, reject) => {
          context.limitTime(limits.executionMs, () => resolve(tooLate(limits.executionMs)));
          Promise.resolve(execute(args)).then(resolve, reject);
        });
        return tellsCost ? withCost(result, args) : result;
      } finally {
        context.liftTimeLimit();
      }
    },

    /** Operations that go on right now. */
    get size(): number {
      let size = 0;
      for (const count of running.values()) size += count;
      return size;
    },
  };
}
