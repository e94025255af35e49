import { z } from 'zod';

const optionalText = z
  .string()
  .transform((text) => text.trim())
  .transform((text) => (text === '' ? undefined : text))
  .optional();

/** Browsers send scheme, host and port and nothing else; what is written otherwise would never match. */
const isOrigin = (text: string): boolean =>
  /^https?:/i.test(text)
    ? URL.canParse(text) && new URL(text).origin === text
    : /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(text);

const Origins = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim().replace(/\/$/, ''))
      .filter((origin) => origin !== ''),
  )
  .superRefine((origins, ctx) => {
    for (const origin of origins)
      if (!isOrigin(origin))
        ctx.addIssue({ code: 'custom', message: `'${origin}' is not an origin such as https://app.example.com.` });
  })
  .default([]);

/** Every environment variable the server reads, and the only reader; `main.ts` sees to `NODE_ENV`, which libraries read. */
export const Environment = z.object({
  PORT: z
    .string()
    .regex(/^\d+$/, 'use a whole number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'use a whole number from 0 to 65535')
    .default(4000)
    .describe('Port to listen on.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  DATA_DIR: optionalText.describe('Folder of the embedded database and uploaded files. Default ./.data'),
  DATABASE_URL: optionalText.describe('PostgreSQL (15 or newer) to use instead of the embedded one.'),
  REDIS_URL: optionalText.describe('Redis in which rate limits are counted for all processes that use it.'),
  UPSTREAM_BASE_URL: optionalText.describe(
    'One OpenAI-compatible upstream, e.g. http://localhost:8000/v1, for every model name.',
  ),
  UPSTREAM_API_KEY: optionalText.describe('Key of that upstream.'),
  ANTIPHON_CONFIG: optionalText.describe('Config file. Default ./antiphon.config.yaml if it exists.'),
  ANTIPHON_SECRET: optionalText.describe('Seals what must be read back. Required with DATABASE_URL.'),
  CORS_ORIGINS: Origins.describe('Browser origins that may call, separated by commas.'),
  ANTIPHON_API_KEY: z
    .string()
    .regex(/^\S{8,512}$/, 'use 8 to 512 characters without spaces')
    .optional()
    .describe('Makes sure this key exists at start, with all rights on the default project.'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});
export type Environment = z.output<typeof Environment>;

/** A setting that cannot be used, in one line for the operator. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** The variables a config file may name as `${NAME}`. */
export const processVariables = (): Record<string, string | undefined> => process.env;

/** @throws ConfigError naming the variable */
export function readEnvironment(source: Record<string, string | undefined> = process.env): Environment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = Environment.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ConfigError(`${String(issue?.path[0])}: ${issue?.message}`);
  }
  const environment = result.data;
  if (environment.DATABASE_URL !== undefined && environment.ANTIPHON_SECRET === undefined)
    throw new ConfigError(
      'ANTIPHON_SECRET: is required with DATABASE_URL, for example from "openssl rand -base64 32".',
    );
  if (environment.REDIS_URL !== undefined && !/^rediss?:\/\//.test(environment.REDIS_URL))
    throw new ConfigError('REDIS_URL: begins with redis:// or rediss://.');
  for (const name of ['DATABASE_URL', 'UPSTREAM_BASE_URL'] as const) {
    const url = environment[name];
    if (url !== undefined && !/^[a-z]+:\/\//.test(url)) throw new ConfigError(`${name}: is not a URL.`);
  }
  return environment;
}
