import { type ASTNode, GraphQLError, type ValidationContext } from 'graphql';

/** Refuses a document for a limit. Apollo overwrites an error's `code`, so the limit has an extension of its own. */
export function reportLimit(
  context: ValidationContext,
  node: ASTNode,
  limit: string,
  what: string,
  allowed: number,
): void {
  context.reportError(
    new GraphQLError(`The document has too ${what}: at most ${allowed} are allowed.`, {
      nodes: [node],
      extensions: { limit },
    }),
  );
}
