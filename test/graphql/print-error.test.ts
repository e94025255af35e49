import { describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { errors } from '../../src/domain/errors.js';
import { printError } from '../../src/graphql/errors.js';

/** Prints an error and gives back what was logged beside it. */
function print(error: GraphQLError, code?: string) {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  return { printed: printError(error, { requestId: 'req_1', logger }, code), lines };
}

describe('errors of an operation', () => {
  it('that have no meaning for the caller are masked, and logged with the request', () => {
    const secret = new Error('password of the database is "hunter2"');
    const { printed, lines } = print(new GraphQLError(secret.message, { originalError: secret, path: ['response'] }));
    expect(printed).toEqual({
      message: 'The server had an internal error.',
      path: ['response'],
      extensions: { code: 'internal_error', requestId: 'req_1', retryable: true, status: 500 },
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      requestId: 'req_1',
      err: { stack: expect.stringContaining('print-error.test') },
    });
  });

  it('are masked also when they come out of a subscription, where graphql knows no path', () => {
    const secret = new Error('terminating connection');
    expect(print(new GraphQLError(secret.message, { originalError: secret })).printed.extensions?.code).toBe(
      'internal_error',
    );
  });

  it('of ours keep their code, however deep they are wrapped', () => {
    const inner = new GraphQLError('x', { originalError: errors.notFound('resp_1') });
    const { printed, lines } = print(new GraphQLError('x', { originalError: inner, path: ['response'] }));
    expect(printed).toMatchObject({
      message: `'resp_1' was not found.`,
      extensions: { code: 'not_found', retryable: false },
    });
    expect(lines).toEqual([]);
  });

  it('of the document keep graphql’s words', () => {
    expect(print(new GraphQLError('Syntax Error'), 'GRAPHQL_PARSE_FAILED').printed).toEqual({
      message: 'Syntax Error',
      extensions: { code: 'GRAPHQL_PARSE_FAILED', requestId: 'req_1', retryable: false },
    });
  });
});
