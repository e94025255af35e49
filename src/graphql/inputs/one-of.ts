import { type GraphQLSchema, isInputObjectType } from 'graphql';

/** For `@Extensions`: exactly one field of this input must be given. type-graphql has no option of its own for it. */
export const ONE_OF = { oneOf: true };

/** Turns the mark into graphql's own rule, which is printed as `@oneOf` and enforced by execution. */
export function applyOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()))
    if (isInputObjectType(type) && type.extensions.oneOf === true) type.isOneOf = true;
}
