import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal } from '../domain/principal.js';
import type { Signal } from '../domain/signal.js';
import type { Operation } from '../services/access/operations.js';
import type { Services } from '../services/index.js';

export interface RouteContext {
  principal: Principal;
  services: Services;
  /** The parsed body, unchecked: services check it. */
  body: unknown;
  params: Record<string, string>;
  query: Record<string, unknown>;
  /** Aborts when the client has left. To be handed on as it is; its `signal` is for what needs one of the platform's. */
  client: Signal & { readonly signal: AbortSignal };
  /** After how long a silent stream is told that it is alive. */
  keepAliveMs: number;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base path, parameters as `:name`. */
  path: string;
  /** What it does, by the name under which keys are allowed to. */
  operation: Operation;
  /** One line for the OpenAPI document. */
  summary: string;
  /** For the document; the service checks the body by the same schema. */
  body?: z.ZodType;
  /** Content type of the body. Default JSON. */
  bodyType?: 'multipart/form-data';
  query?: z.ZodType;
  /** Headers it reads, for the document. */
  headers?: z.ZodType;
  /** Status of success. Default 200. */
  status?: number;
  /** Name of the answer's shape in the document. */
  answers: string;
  /** Content type of the answer. Default JSON. */
  answerType?: string;
  /** The answer's body; undefined when the handler has answered by itself (a stream). */
  handle(context: RouteContext): Promise<object | undefined>;
}

/** A REST endpoint as data: the router registers it, the OpenAPI document describes it. */
export const defineRoute = (route: Route): Route => route;
