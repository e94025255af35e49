import { type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';
import type { SocketGate } from '../../http/socket-gate.js';
import type { Operations } from '../operations.js';

type Args = Parameters<Operations['execute']>[0];

/**
 * Has a query or mutation executed and its result sent, at once unless the socket is behind. What a query was told by then is
 * dropped: it is asked again when it is its turn, so that a reader who takes nothing has at most one result made for it. A mutation
 * cannot be asked again; how much of those may wait is bounded by the gate.
 */
export async function answerOnSocket(
  args: Args,
  { operations, gate, send }: { operations: Operations; gate: SocketGate; send(result: ExecutionResult): void },
): Promise<void> {
  let result: ExecutionResult | null = await operations.execute(args);
  if (gate.isBehind && isQuery(args)) {
    const { turn } = args.contextValue;
    result = null;
    // They know what was read, which would be kept meanwhile and be old by then.
    args.contextValue.renewLoaders();
    await turn?.take();
    result = await operations.execute(args);
    // Others may have sent what is shared meanwhile.
    await turn?.take();
  }
  send(result);
}

const isQuery = ({ document, operationName }: Args): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
