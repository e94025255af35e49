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
type Resolve = GraphQLFieldResolver<unknown, Context>;
type Method = (this: object, ...params: unknown[]) => unknown;
type Storage = ReturnType<typeof getMetadataStorage>;
type Owner = Storage['objectTypes'][number] | Storage['interfaceTypes'][number];
type MethodMetadata = Storage['queries'][number];

const direct = new WeakSet<object>();

/** Whether this resolver of a field is one of those below. */
export const isDirect = (resolve: unknown): resolve is DirectResolve =>
  typeof resolve === 'function' && direct.has(resolve);

/** What a parameter of a method is given; null for what only type-graphql knows to find. */
function takerOf(param: NonNullable<MethodMetadata['params']>[number]): Resolve | null {
  if ('propertyName' in param && param.propertyName) return null;
  switch (param.kind) {
    case 'root':
      return (root) => root;
    case 'context':
      return (_root, _args, context) => context;
    case 'info':
      return (_root, _args, _context, info) => info;
    case 'arg': {
      const { name } = param;
      return (_root, args) => args[name];
    }
    case 'args':
      return (_root, args) => args;
    default:
      return null;
  }
}

/**
 * Takes type-graphql's wrapping off the fields: for each field of each row it would sort and convert parameters, look through all
 * input types for every input, to make of it an object of its class, and say the type of an object by a promise. graphql-js has
 * checked the arguments by then, and nothing here asks for the class of an input.
 */
export function resolveDirectly(schema: GraphQLSchema): void {
  const storage = getMetadataStorage();
  const instances = new Map<unknown, object>();
  const instanceOf = (target: new () => object): object => {
    const instance = instances.get(target) ?? new target();
    instances.set(target, instance);
    return instance;
  };

  const callOf = (found: MethodMetadata): Resolve | null => {
    const takers = [...(found.params ?? [])].sort((a, b) => a.index - b.index).map(takerOf);
    if (found.middlewares?.length || !takers.every((taker) => taker !== null)) return null;
    const instance = instanceOf(found.target as new () => object);
    const method = instance[found.methodName as never] as Method;
    const kinds = (found.params ?? []).map(({ kind }) => kind);
    if (kinds.every((kind) => kind === 'root' || kind === 'context')) {
      // Most fields: nothing is gathered for these.
      const [first, second] = takers;
      const call: Resolve = (root, args, context, info) =>
        method.call(instance, first?.(root, args, context, info), second?.(root, args, context, info));
      direct.add(call);
      return call;
    }
    return (...given) =>
      method.apply(
        instance,
        takers.map((taker) => taker(...given)),
      );
  };

  const methodOf = ({ target }: Owner, name: string): Resolve | 'wrapped' | null => {
    const found = storage.fieldResolvers.find(
      ({ schemaName, getObjectType }) => schemaName === name && getObjectType?.() === target,
    );
    if (found === undefined) return null;
    return (found.kind === 'external' ? callOf(found as unknown as MethodMetadata) : null) ?? 'wrapped';
  };

  const memberOf = ({ fields }: Owner, name: string): Resolve | null => {
    const found = fields?.find(({ schemaName }) => schemaName === name);
    if (found === undefined || found.middlewares?.length) return null;
    const member = found.name;
    const read: Resolve = (root) => (root as Record<string, unknown>)[member];
    direct.add(read);
    return read;
  };

  const resolverOf = (
    owners: readonly Owner[],
    { name }: GraphQLField<unknown, Context>,
  ): Resolve | 'wrapped' | null => {
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

  const roots = [
    { type: schema.getQueryType(), methods: storage.queries },
    { type: schema.getMutationType(), methods: storage.mutations },
  ];
  for (const { type, methods } of roots)
    for (const field of Object.values(type?.getFields() ?? {})) {
      const found = methods.find(({ schemaName }) => schemaName === field.name);
      field.resolve = (found && callOf(found)) ?? field.resolve;
    }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) {
      // What a type has of its own comes before what it has from its interfaces.
      const names = [type.name, ...type.getInterfaces().map(({ name }) => name)];
      const owners = names.flatMap((name) => all.filter((one) => one.name === name)).flatMap(lineOf);
      for (const field of Object.values(type.getFields())) {
        const found = resolverOf(owners, field);
        if (found === null || found === 'wrapped') continue;
        field.resolve = found;
      }
    } else if (isInterfaceType(type)) {
      const { resolveType } = storage.interfaceTypes.find(({ name }) => name === type.name) ?? {};
      // All of ours name the type.
      if (resolveType !== undefined) type.resolveType = resolveType as never;
    }
  }
}
