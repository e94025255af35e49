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
    const field = toFieldPath(thrown.param, input);
    return { ...empty, userErrors: [{ code: codeOf(thrown), field, message: toMessage(thrown, field, input) }] };
  }
}

/** The message, naming fields as this door spells them. */
function toMessage({ code, message, param }: GatewayError, field: string | null, input: unknown): string {
  // Two fields are named, and nothing that a caller wrote.
  if (code === 'mutually_exclusive_parameters')
    return message.replaceAll(/'(\w+)'/g, (_quoted, name: string) => `'${toFieldPath(name, input)}'`);
  return message.replace(`'${param}'`, () => `'${field}'`);
}
