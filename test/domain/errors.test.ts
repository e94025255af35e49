import { describe, expect, it } from '@jest/globals';
import { errors, GatewayError, withoutRetry } from '../../src/domain/errors.js';

describe('errors', () => {
  it('say that there is too much to do without noting where, and when to come back', () => {
    const depth = Error.stackTraceLimit;
    const error = errors.overloaded(1200);
    expect(error.stack).not.toContain('at ');
    expect(Error.stackTraceLimit).toBe(depth);
    expect(errors.internal().stack).toContain('at ');
    expect(error).toBeInstanceOf(GatewayError);
    expect(error.headers).toEqual({ 'retry-after-ms': '1200', 'retry-after': '2' });
    expect(error.retryAfterMs).toBe(1200);
  });

  it('stay what they are for a client that must not try again by itself', () => {
    const error = withoutRetry(errors.overloaded(1200));
    expect(error).toMatchObject({ status: 503, type: 'server_error', code: 'server_error' });
    expect(error.headers).toMatchObject({ 'x-should-retry': 'false' });
  });
});
