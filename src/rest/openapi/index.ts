import type { z } from 'zod';
import type { Route } from '../define-route.js';
import { routes } from '../routes.js';
import { answers, ref, text } from './answers.js';
import { inputSchema, recursive } from './input-schema.js';

/** `/prompts/:id/versions` → `PromptsIdVersions`; what a wildcard stands for is an id. */
const nameOf = (path: string): string =>
  path.replace('*', ':id').replaceAll(/[/:]+(\w?)/g, (_match, first: string) => first.toUpperCase());

function operation(route: Route): object {
  const names = [...route.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1]);
  const wildcard = route.path.endsWith('*') ? ['id'] : [];
  const parametersOf = (schema: z.ZodType | undefined, place: 'query' | 'header') =>
    schema === undefined
      ? []
      : Object.entries((inputSchema(schema) as { properties?: Record<string, object> }).properties ?? {}).map(
          ([name, described]) => ({ name, in: place, required: false, schema: described }),
        );
  const streams = ['/responses', '/responses/:id', '/chat/completions'].includes(route.path);
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${nameOf(route.path)}`,
    parameters: [
      ...[...names, ...wildcard].map((name) => ({ name, in: 'path', required: true, schema: text })),
      ...parametersOf(route.query, 'query'),
      ...parametersOf(route.headers, 'header'),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [route.bodyType ?? 'application/json']: { schema: inputSchema(route.body) } },
          },
        }),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Success.',
        content: {
          [route.answerType ?? 'application/json']: { schema: ref(route.answers) },
          ...(streams && route.method !== 'DELETE' ? { 'text/event-stream': { schema: text } } : {}),
        },
      },
      default: { description: 'An error.', content: { 'application/json': { schema: ref('Error') } } },
    },
  };
}

/** The OpenAPI 3.1 document of the REST door, made from the routes and the schemas that check their bodies. */
export function buildOpenApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace('*', '{id}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Antiphon', version: '1', description: 'Responses API. Also answers under /v1.' },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }],
    paths,
    components: { schemas: { ...answers, ...recursive }, securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  };
}
