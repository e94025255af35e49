import { type EnumValueNode, GraphQLError, type NameNode, type ValidationRule } from 'graphql';

/** Refuses documents with a longer name of anything. Other rules may repeat names as often as they find a fault with them. */
export const maxNameLength =
  (allowed: number): ValidationRule =>
  (context) => {
    let isReported = false;
    const check = (node: NameNode | EnumValueNode): void => {
      if (node.value.length <= allowed || isReported) return;
      isReported = true;
      context.reportError(
        new GraphQLError(`The document has a name of more than ${allowed} characters.`, {
          nodes: [node],
          extensions: { limit: 'nameLength' },
        }),
      );
    };
    return { Name: check, EnumValue: check };
  };
