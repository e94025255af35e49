import { createRequire } from 'node:module';
import { createTimedThread } from '../timed-thread.js';
import { findSizeFault } from './limits.js';

/** Checks schemas of strangers, and texts against them, in bounded time and beside the event loop. */
export interface SchemaChecker {
  /** Why the schema cannot be used, or null. */
  findSchemaFault(schema: object): Promise<string | null>;
  /** Why the text is not JSON that follows the schema, or null. A null schema asks for any JSON object. */
  findTextFault(schema: object | null, text: string): Promise<string | null>;
  close(): Promise<void>;
}

interface Job {
  /** JSON of the schema; null: any object. */
  schema: string | null;
  /** Absent: only the schema is looked at. */
  text?: string;
}

/** Compiled schemas are remembered: the same few come again and again. */
const CHECK = `({ ajv, ajv2020, formats }) => {
  const { default: Draft7 } = require(ajv);
  const { default: Draft2020 } = require(ajv2020);
  const { default: addFormats } = require(formats);
  const known = new Map();
  const compile = (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const { $schema, ...schema } = JSON.parse(text);
    const Ajv = /draft-0[4-7]/.test(String($schema)) ? Draft7 : Draft2020;
    const ajv = new Ajv({ strict: false, logger: false });
    addFormats(ajv);
    const validate = ajv.compile(schema);
    if (known.size >= 64) known.clear();
    known.set(text, validate);
    return validate;
  };
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const anyObject = (value) => {
    anyObject.errors = isObject(value) ? null : [{ instancePath: '', message: 'must be object' }];
    return anyObject.errors === null;
  };
  const brief = (text) => String(text).slice(0, 500);
  return ({ schema, text }) => {
    let validate = anyObject;
    try {
      if (schema !== null) validate = compile(schema);
    } catch (error) {
      return error instanceof RangeError ? 'a $ref leads back to itself.' : brief(error.message);
    }
    if (text === undefined) return null;
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      return 'it is not JSON.';
    }
    try {
      if (validate(value)) return null;
    } catch (error) {
      return brief(error.message);
    }
    const [{ instancePath, message }] = validate.errors;
    return brief((instancePath || 'the document') + ' ' + message + '.');
  };
}`;

/** @param options.timeoutMs time for one check. Default 1000 */
export function createSchemaChecker({ timeoutMs = 1000 }: { timeoutMs?: number } = {}): SchemaChecker {
  const require = createRequire(import.meta.url);
  const thread = createTimedThread<Job, string | null>({
    code: CHECK,
    data: {
      ajv: require.resolve('ajv'),
      ajv2020: require.resolve('ajv/dist/2020.js'),
      formats: require.resolve('ajv-formats'),
    },
    timeoutMs,
    memoryMb: 256,
  });
  const run = async (job: Job): Promise<string | null> => {
    const fault = await thread.run(job);
    return fault === 'too-long' ? 'checking it takes too long.' : fault;
  };
  return {
    findSchemaFault: async (schema) => findSizeFault(schema) ?? run({ schema: JSON.stringify(schema) }),
    findTextFault: (schema, text) => run({ schema: schema === null ? null : JSON.stringify(schema), text }),
    close: () => thread.close(),
  };
}
