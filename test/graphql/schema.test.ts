import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  buildASTSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  isSpecifiedScalarType,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { buildGraphQLSchema, defaultGraphQLLimits, printGraphQLSchema } from '../../src/graphql/index.js';
import { limitRules } from '../../src/graphql/rules/index.js';
import { PINNED } from './pinned-schema.js';

const schema = buildGraphQLSchema();
const named = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Each thing in a schema that can be explained: its path and its explanation. */
function* explained(type: GraphQLNamedType): Generator<[string, string | null | undefined]> {
  if (!['Query', 'Mutation', 'Subscription'].includes(type.name)) yield [type.name, type.description];
  if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return;
  for (const field of Object.values(type.getFields())) {
    yield [`${type.name}.${field.name}`, field.description];
    if ('args' in field)
      for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name})`, arg.description];
  }
}

describe('the schema', () => {
  it('has every type, field, argument, default and nullability that clients were promised', () => {
    const pinned = buildASTSchema(parse(PINNED), { assumeValid: true });
    const missing: string[] = [];
    const same = (path: string, actual: string | undefined, promised: string): void => {
      if (actual !== promised) missing.push(`${path}: ${actual ?? 'absent'}, promised ${promised}`);
    };
    const input = (value: GraphQLArgument | GraphQLInputField | undefined): string | undefined =>
      value === undefined
        ? undefined
        : `${value.type}${value.defaultValue === undefined ? '' : ` = ${JSON.stringify(value.defaultValue)}`}`;

    for (const promised of Object.values(pinned.getTypeMap())) {
      if (isIntrospectionType(promised) || isScalarType(promised)) continue;
      const actual = schema.getType(promised.name);
      same(promised.name, actual?.constructor.name, promised.constructor.name);
      if (isEnumType(promised) && isEnumType(actual))
        same(promised.name, actual.getValues().join(), promised.getValues().join());
      if (isInputObjectType(promised) && isInputObjectType(actual)) {
        same(`${promised.name} @oneOf`, String(actual.isOneOf), String(promised.isOneOf));
        for (const field of Object.values(promised.getFields()))
          same(`${promised.name}.${field.name}`, input(actual.getFields()[field.name]), String(input(field)));
      }
      if ((isObjectType(promised) && isObjectType(actual)) || (isInterfaceType(promised) && isInterfaceType(actual))) {
        same(`${promised.name} implements`, actual.getInterfaces().join(), promised.getInterfaces().join());
        for (const field of Object.values(promised.getFields())) {
          const own = actual.getFields()[field.name];
          same(`${promised.name}.${field.name}`, own === undefined ? undefined : String(own.type), String(field.type));
          const printed = (args: readonly GraphQLArgument[]): string =>
            args.map((arg) => `${arg.name}: ${input(arg)}`).join();
          const isPromised = ({ name }: GraphQLArgument) => field.args.some((arg) => arg.name === name);
          const args = own?.args ?? [];
          // What came later may be left out by clients that do not know it.
          const kept = args.filter((arg) => isPromised(arg) || isRequiredArgument(arg));
          same(`${promised.name}.${field.name}()`, printed(kept), printed(field.args));
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('explains every type, field, argument and enum value', () => {
    const silent = named.flatMap((type) => [...explained(type)].filter(([, text]) => !text).map(([path]) => path));
    expect(silent).toEqual([]);
  });

  it('is the one that is committed', () => {
    expect(readFileSync('schema/schema.graphql', 'utf8')).toBe(printGraphQLSchema());
  });

  it('can be built again in the same process', () => {
    expect(printGraphQLSchema()).toBe(printGraphQLSchema());
  });

  it.each(readdirSync('schema/operations'))('accepts the example operations of %s within its limits', (file) => {
    const document = parse(readFileSync(`schema/operations/${file}`, 'utf8'));
    expect(validate(schema, document, [...specifiedRules, ...limitRules(defaultGraphQLLimits)])).toEqual([]);
  });
});
