/** An error this model server answers with, in the envelope that OpenAI-compatible servers share. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    rest: { type?: string; code?: string | null; param?: string | null; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.type = rest.type ?? (status < 500 ? 'invalid_request_error' : 'server_error');
    this.code = rest.code ?? null;
    this.param = rest.param ?? null;
    this.headers = rest.headers ?? {};
  }
}

/** A 400 about one member of the body, or about all of it when `param` is empty. */
export const badValue = (param: string, message: string, code: string | null = 'invalid_value'): ApiError =>
  new ApiError(400, message, { code, param: param === '' ? null : param });

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The envelope. Anything that is not an ApiError shows no words of its own, since they may hold a prompt. */
export function errorBody(thrown: unknown): ErrorBody {
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(500, 'The built-in model failed.', { code: 'internal_error' });
  return { error: { message: error.message, type: error.type, param: error.param, code: error.code } };
}
