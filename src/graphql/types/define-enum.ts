import { registerEnumType } from 'type-graphql';

type Values = Record<string, readonly [value: string, description: string]>;

/** Declares a GraphQL enum: the name in the schema → the value in the domain, and what it means. */
export function defineEnum<const V extends Values>(
  name: string,
  description: string,
  values: V,
): { readonly [Name in keyof V]: V[Name][0] } {
  const entries = Object.entries(values);
  const members = Object.fromEntries(entries.map(([key, [value]]) => [key, value]));
  registerEnumType(members, {
    name,
    description,
    valuesConfig: Object.fromEntries(entries.map(([key, [, text]]) => [key, { description: text }])),
  });
  return members as { readonly [Name in keyof V]: V[Name][0] };
}
