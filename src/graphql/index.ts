import type { FastifyInstance } from 'fastify';
export const printGraphQLSchema = (): string => '';
export const registerGraphQL = async (_app: FastifyInstance, _deps: unknown): Promise<{ close(): Promise<void> }> => ({
  close: async () => undefined,
});
