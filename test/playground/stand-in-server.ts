import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { buildSchema, type GraphQLSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

/** The strictest policy the page is expected to run under. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
].join('; ');

const SDL = `
  interface ResponseEvent { type: String! sequenceNumber: Int! }
  type ResponseCreatedEvent implements ResponseEvent { type: String! sequenceNumber: Int! response: Response! }
  type OutputTextDeltaEvent implements ResponseEvent { type: String! sequenceNumber: Int! delta: String! }
  type ResponseCompletedEvent implements ResponseEvent { type: String! sequenceNumber: Int! response: Response! }
  type ResponseFailedEvent implements ResponseEvent { type: String! sequenceNumber: Int! response: Response! }
  type Response { id: ID! status: String! model: String! outputText: String! error: ResponseError usage: Usage }
  type ResponseError { code: String message: String! }
  type Usage { inputTokens: Int! outputTokens: Int! totalTokens: Int! }
  type UserError { code: String field: [String!] message: String! }
  type CreateResponsePayload { response: Response userErrors: [UserError!]! }
  input ResponseInputValue @oneOf { text: String }
  input CreateResponseInput { model: String input: ResponseInputValue stream: Boolean = false }
  type Query { response(id: ID!): Response }
  type Mutation { createResponse(input: CreateResponseInput!): CreateResponsePayload! }
  type Subscription { responseEvents(id: ID!, after: Int): ResponseEvent! }
`;

const response = (id: string, status: string) => ({
  id,
  status,
  model: 'local-extractive-1',
  outputText: 'Hello there',
  usage: { inputTokens: 2, outputTokens: 2, totalTokens: 4 },
});

const root = {
  response: ({ id }: { id: string }) => response(id, 'COMPLETED'),
  createResponse: () => ({ response: response('resp_1', 'IN_PROGRESS'), userErrors: [] }),
  responseEvents: async function* ({ id }: { id: string }) {
    const events = [
      { __typename: 'ResponseCreatedEvent', type: 'response.created', response: response(id, 'IN_PROGRESS') },
      { __typename: 'OutputTextDeltaEvent', type: 'response.output_text.delta', delta: 'Hello' },
      { __typename: 'OutputTextDeltaEvent', type: 'response.output_text.delta', delta: ' there' },
      { __typename: 'ResponseCompletedEvent', type: 'response.completed', response: response(id, 'COMPLETED') },
    ];
    for (const [sequenceNumber, event] of events.entries()) yield { responseEvents: { ...event, sequenceNumber } };
  },
};

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text) as Record<string, unknown>;
}

/**
 * The built page behind the gateway's paths, and just enough GraphQL to see that it reaches them: the promise under
 * test is the page's. `publishSchema: false` leaves /schema.graphql out.
 */
export async function startStandIn(options: { page: string; key: string; publishSchema: boolean }) {
  const schema: GraphQLSchema = buildSchema(SDL);
  const authorization = `Bearer ${options.key}`;
  const server = createServer(async (request, reply) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    if (path === '/graphql') {
      const send = (status: number, value: unknown) =>
        reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (request.headers.authorization !== authorization) {
        return send(401, { errors: [{ message: 'The API key is unknown, expired or revoked.' }] });
      }
      const { query, variables, operationName } = await body(request);
      return send(
        200,
        await graphql({
          schema,
          source: String(query),
          rootValue: root,
          variableValues: variables as Record<string, unknown>,
          operationName: operationName as string,
        }),
      );
    }
    if (path === '/schema.graphql' && options.publishSchema) return reply.end(SDL);
    const file = path === '/playground' ? 'index.html' : path.replace('/playground/', '');
    const content = await readFile(join(options.page, resolve('/', file))).catch(() => null);
    if (content === null) return reply.writeHead(404).end();
    return reply
      .writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': CONTENT_SECURITY_POLICY,
      })
      .end(content);
  });
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const subscriptions = useServer(
    {
      schema,
      roots: { subscription: root },
      onConnect: ({ connectionParams }) => connectionParams?.authorization === authorization,
    },
    sockets,
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await subscriptions.dispose();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
