import {
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import type { Context } from './context.js';

/** A resolver that takes the object and the context, and nothing else. */
export type DirectResolve = (object: Record<string, unknown>, args: unknown, context: Context) => unknown;
type Method = (this: object, root: unknown, context: Context) => unknown;
type Storage = ReturnType<typeof getMetadataStorage>;
type Owner = Storage['objectTypes'][number] | Storage['interfaceTypes'][number];

const direct = new WeakSet<object>();

/** Whether this resolver of a field is one of those below. */
export const isDirect = (resolve: unknown): resolve is DirectResolve =>
  typeof resolve === 'function' && direct.has(resolve);

/**
 * Takes type-graphql's wrapping off the fields that have nothing to wrap: members of an object, and methods that only take the
 * object and the context. For each field of each row it would otherwise sort and convert parameters, and say the type of
 * an object by a promise. Fields with arguments stay with it.
 */
export function resolveDirectly(schema: GraphQLSchema): void {
  const storage = getMetadataStorage();
  const instances = new Map<unknown, object>();
  const instanceOf = (target: new () => object): object => {
    const instance = instances.get(target) ?? new target();
    instances.set(target, instance);
    return instance;
  };

  const methodOf = ({ target }: Owner, name: string): DirectResolve | 'wrapped' | null => {
    const found = storage.fieldResolvers.find(
      ({ schemaName, getObjectType }) => schemaName === name && getObjectType?.() === target,
    );
    if (found === undefined) return null;
    const params = (found.params ?? []).map((param) => ('propertyName' in param && param.propertyName) || param.kind);
    const isPlain = found.kind === 'external' && !found.middlewares?.length && params[0] === 'root';
    if (!isPlain || params.length > 2 || (params.length === 2 && params[1] !== 'context')) return 'wrapped';
    const instance = instanceOf(found.target as new () => object);
    const method = instance[found.methodName as never] as Method;
    return (root, _args, context) => method.call(instance, root, context);
  };

  const memberOf = ({ fields }: Owner, name: string): DirectResolve | null => {
    const found = fields?.find(({ schemaName }) => schemaName === name);
    if (found === undefined || found.middlewares?.length) return null;
    const member = found.name;
    return (root) => root[member];
  };

  const resolverOf = (
    owners: readonly Owner[],
    { name }: GraphQLField<unknown, Context>,
  ): DirectResolve | 'wrapped' | null => {
    for (const owner of owners) {
      const found = methodOf(owner, name) ?? memberOf(owner, name);
      if (found !== null) return found;
    }
    return null;
  };

  const all: readonly Owner[] = [...storage.objectTypes, ...storage.interfaceTypes];
  /** A class and those it extends. */
  const lineOf = (owner: Owner): Owner[] =>
    all
      .filter(({ target }) => owner.target === target || owner.target.prototype instanceof target)
      .sort((a, b) => (a.target.prototype instanceof b.target ? -1 : 1));

  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) {
      // What a type has of its own comes before what it has from its interfaces.
      const names = [type.name, ...type.getInterfaces().map(({ name }) => name)];
      const owners = names.flatMap((name) => all.filter((one) => one.name === name)).flatMap(lineOf);
      for (const field of Object.values(type.getFields())) {
        const found = resolverOf(owners, field);
        if (found === null || found === 'wrapped') continue;
        direct.add(found);
        field.resolve = found as GraphQLFieldResolver<unknown, Context>;
      }
    } else if (isInterfaceType(type)) {
      const { resolveType } = storage.interfaceTypes.find(({ name }) => name === type.name) ?? {};
      // All of ours name the type.
      if (resolveType !== undefined) type.resolveType = resolveType as never;
    }
  }
}
