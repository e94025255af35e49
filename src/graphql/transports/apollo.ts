import { Readable } from 'node:stream';
import { type ApolloServer, type BaseContext, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers a request with what a started Apollo Server makes of it. */
export async function answerWith<Context extends BaseContext>(
  apollo: ApolloServer<Context>,
  request: FastifyRequest,
  reply: FastifyReply,
  contextOf: () => Context | Promise<Context>,
): Promise<FastifyReply> {
  const { headers, status, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toApolloRequest(request),
    context: async () => contextOf(),
  });
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status ?? 200);
  // Chunks come from @defer and @stream, which our own schema does not have.
  return reply.send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}

function toApolloRequest({ method, body, headers: sent, url }: FastifyRequest): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(sent))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const query = url.indexOf('?');
  return { method, body, headers, search: query < 0 ? '' : url.slice(query) };
}
