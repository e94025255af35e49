import { GatewayError } from '../domain/errors.js';
import { codeOf } from './errors.js';
import { toFieldPath } from './inputs/field-path.js';

export interface UserError {
  code: string;
  field: string | null;
  message: string;
}

/**
 * What the caller can correct: everything REST answers with 400 or 409, and unknown ids inside the input. The 404 of the
 * addressed object names no parameter and stays an error of the operation.
 */
const isUserError = (error: unknown): error is GatewayError =>
  error instanceof GatewayError &&
  (error.status === 400 || error.status === 409 || (error.status === 404 && error.param !== null));

/**
 * Runs a mutation and puts its outcome into the payload.
 *
 * @param empty the payload's members when nothing came of it
 * @param input as the client sent it, so that faults can name their place in it
 */
export async function payload<Result extends object>(
  empty: Result,
  input: unknown,
  run: () => Promise<Result>,
): Promise<Result & { userErrors: UserError[] }> {
  try {
    return { ...(await run()), userErrors: [] };
  } catch (thrown) {
    if (!isUserError(thrown)) throw thrown;
    const { message, param } = inFieldNames(thrown, input);
    return { ...empty, userErrors: [{ code: codeOf(thrown), field: param, message }] };
  }
}

/**
 * Runs a query with an input: what is wrong with that is told in this door's names as well.
 *
 * @throws whatever `run` throws
 */
export async function naming<Result>(input: object, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (thrown) {
    throw isUserError(thrown) ? inFieldNames(thrown, input) : thrown;
  }
}

/** The error as it would be if fields had the names that they have here. */
function inFieldNames(error: GatewayError, input: unknown): GatewayError {
  const param = toFieldPath(error.param, input);
  return new GatewayError({ ...error, message: toMessage(error, param, input), param, cause: error });
}

function toMessage({ code, message, param }: GatewayError, field: string | null, input: unknown): string {
  const named = message.replace(`'${param}'`, () => `'${field}'`);
  // Others may name a second field, and may quote a value that only looks like one.
  if (code !== 'mutually_exclusive_parameters' && !named.startsWith("Invalid '")) return named;
  return named.replaceAll(/'(\w+)'/g, (quoted, name: string) => {
    const path = toFieldPath(name, input) ?? name;
    return Object.hasOwn(Object(input), path) ? `'${path}'` : quoted;
  });
}
