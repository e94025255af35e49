import {
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { buildGraphQLSchema } from '../../../src/graphql/build-schema.js';
import { routes } from '../../../src/rest/routes.js';
import type { TestApp } from '../../support/app.js';

/** What an operation said, on either door. */
export interface Outcome {
  status: number;
  code: string | null;
  message: string | null;
  /** Nothing was found, and that is no error. */
  isNothing: boolean;
}

export interface Call {
  /** Name in the table of operations. */
  operation: string;
  /** For people: door and place. */
  title: string;
  isWrite: boolean;
  run(server: TestApp, key: string): Promise<Outcome>;
}

/** Gives the ids that stand in a place of a call. */
export type Ids = (parameter: string, parent: string) => string;

const nothing: Ids = () => 'x';

/** Every REST route, with the least that it can be called with. */
export const restCalls = (ids: Ids = nothing, bodies: Record<string, object> = {}): Call[] =>
  routes.map(({ method, path, operation }) => ({
    operation,
    title: `${method} ${path}`,
    isWrite: method !== 'GET',
    async run(server, key) {
      const filled = path.replaceAll(/:(\w+)|\*/g, (_all, name: string | undefined) => ids(name ?? 'model', path));
      const { status, body } = await server.rest(
        method,
        filled,
        method === 'POST' || method === 'PUT' ? (bodies[operation] ?? {}) : undefined,
        key,
      );
      return { status, code: body?.error?.code ?? null, message: body?.error?.message ?? null, isNothing: false };
    },
  }));

function literalOf(type: GraphQLInputType, name: string, parent: string, ids: Ids): string {
  if (isNonNullType(type)) return literalOf(type.ofType, name, parent, ids);
  if (isListType(type)) return `[${literalOf(type.ofType, name, parent, ids)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (!isInputObjectType(type)) {
    if (type.name === 'Int' || type.name === 'Float' || type.name === 'BigInt') return '1';
    if (type.name === 'Boolean') return 'true';
    if (type.name === 'JSON') return '{}';
    if (type.name === 'DateTime') return '"2100-01-01T00:00:00Z"';
    return JSON.stringify(ids(name, parent));
  }
  const fields = Object.values(type.getFields());
  const given = type.isOneOf
    ? fields.slice(0, 1)
    : fields.filter((field) => isRequiredInputField(field) || field.name === 'metadata');
  return `{ ${given.map((field) => `${field.name}: ${literalOf(field.type, field.name, parent, ids)}`).join(', ')} }`;
}

const argumentsOf = (args: readonly GraphQLArgument[], parent: string, ids: Ids): string => {
  const given = args.filter(isRequiredArgument);
  if (given.length === 0) return '';
  return `(${given.map((arg) => `${arg.name}: ${literalOf(arg.type, arg.name, parent, ids)}`).join(', ')})`;
};

/** An event stream as far as its first result; what it follows may never end. */
async function firstResult(answer: Response): Promise<string> {
  let text = '';
  for await (const bytes of answer.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(bytes).toString();
    if (/data: \{.*\}\n/.test(text)) break;
  }
  return text;
}

/** Every root field of the schema, with the least that it can be called with. */
export function graphqlCalls(ids: Ids = nothing): Call[] {
  const schema = buildGraphQLSchema();
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {}).map((field) => ({
      operation: field.name,
      title: `${kind} ${field.name}`,
      isWrite: kind === 'mutation',
      async run(server: TestApp, key: string) {
        const type = getNamedType(field.type);
        const hasErrors = isObjectType(type) && 'userErrors' in type.getFields();
        const selection = hasErrors
          ? ' { userErrors { code message } }'
          : isCompositeType(type)
            ? ' { __typename }'
            : '';
        const query = `${kind} { ${field.name}${argumentsOf(field.args, field.name, ids)}${selection} }`;
        const answer = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            ...(kind === 'subscription' ? { accept: 'text/event-stream' } : {}),
          },
          body: JSON.stringify({ query }),
        });
        const text = await (kind === 'subscription' ? firstResult(answer) : answer.text());
        const data = kind === 'subscription' ? (/data: (\{.*\})/.exec(text)?.[1] ?? '{}') : text;
        const result = JSON.parse(data);
        const found = result.data?.[field.name];
        const [fault] = found?.userErrors ?? [];
        if (fault !== undefined) return { status: 400, ...fault, isNothing: false };
        const [error] = result.errors ?? [];
        const status = error?.extensions?.status ?? answer.status;
        const isNothing = error === undefined && (found === null || (Array.isArray(found) && found[0] === null));
        return { status, code: error?.extensions?.code ?? null, message: error?.message ?? null, isNothing };
      },
    })),
  );
}
