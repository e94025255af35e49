import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Document, parse } from 'yaml';
import { ConfigFileError } from '../../src/config/config-fault.js';
import { parseConfig } from '../../src/config/read-config.js';
import { printConfigSchema } from '../../src/config/schema/json-schema.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: string;
}
const schema = printConfigSchema() as Schema;
const variantsOf = (node: Schema): Schema[] => node.anyOf ?? node.oneOf ?? [];
const typeOf = (node: Schema): string => node.properties?.type?.const ?? '';

/** Every key of the file with its schema, as `models[].price.input`; members of a union carry their type. */
function keysOf(node: Schema, at = ''): [key: string, schema: Schema][] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, value]): [string, Schema][] => {
    const key = at === '' ? name : `${at}.${name}`;
    return [[key, value], ...keysOf(value, key)];
  });
  const items = node.items === undefined ? [] : keysOf(node.items, `${at}[]`);
  const variants = variantsOf(node).flatMap((variant) => keysOf(variant, `${at}<${typeOf(variant)}>`));
  return [...inner, ...items, ...variants];
}

/** Something in every section, so that each can have a key too many. */
const provider = { base_url: 'http://a/v1', timeouts: { connect_seconds: 1 } };
const price = { input: '1', output: '2', tool_calls: { web_search: '0.01' } };
const full = {
  currency: 'EUR',
  providers: [{ id: 'a', ...provider }],
  models: [
    { name: 'm', price, targets: [{ provider: 'a', price }], fallbacks: [{ provider: 'local', price }] },
    { name: 'n', provider: 'a' },
  ],
  limits: { max_runs: 10 },
  rate_limits: [{ scope: 'key', requests_per_minute: 1 }],
  money: { unpriced_models: 'allow' },
  knowledge: {
    storage: { type: 's3', endpoint: 'http://s', bucket: 'b', access_key_id: 'k', secret_access_key: 's' },
  },
  web_search: {
    engines: [
      { type: 'searxng', url: 'http://s' },
      { type: 'brave', api_key: 'k' },
      { type: 'tavily', api_key: 'k' },
      { type: 'exa', api_key: 'k' },
      { type: 'http', url: 'http://h', fields: { url: 'u' } },
      { type: 'local-corpus', folder: root },
    ],
    pages: { timeout_seconds: 1 },
  },
  outbound: { allow: ['10.0.0.0/8'] },
  graphql: { trusted_documents: { files: ['a.json'] } },
};

/** Every object in a value, as a path to it. */
function objectsIn(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    objectsIn(entry, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? inner : [at, ...inner];
}

/** The same path as the schema's keys are written. */
function keyOf(place: readonly (string | number)[]): string {
  let value: unknown = full;
  let key = '';
  for (const step of place) {
    value = (value as Record<string | number, unknown>)[step];
    key += typeof step === 'number' ? '[]' : key === '' ? step : `.${step}`;
    const { type } = value as { type?: string };
    if (type !== undefined) key += `<${type}>`;
  }
  return key;
}

describe('the schema of the config file', () => {
  it('describes every key', () => {
    const keys = keysOf(schema);
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter(([, { description }]) => !description).map(([key]) => key)).toEqual([]);
  });

  it('holds for what the server takes, and names unknown keys as it does', () => {
    const validate = new Ajv({ strict: false }).compile(schema);
    expect([validate(full), validate.errors]).toEqual([true, null]);
    expect(() => parseConfig(JSON.stringify(full), 'c.yaml', {})).not.toThrow();
    expect(validate({ modles: [] })).toBe(false);
    expect(validate({ models: [{ name: 'a', provider: 'local', max_tokens: 5 }] })).toBe(false);
    expect(validate({ providers: [{ id: 'a', base_url: '${' + 'URL}' }] })).toBe(true);
  });

  it('holds for the example, which names it', () => {
    const text = readFileSync(path.join(root, 'antiphon.config.example.yaml'), 'utf8');
    const [, file] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    const published = JSON.parse(readFileSync(path.join(root, file as string), 'utf8'));
    expect(published).toEqual(schema);
    const validate = new Ajv({ strict: false }).compile(published);
    expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
    const config = parseConfig(text, 'example', { EAST_API_KEY: 'e', HOSTED_API_KEY: 'h' });
    expect(config.models[0]?.targets?.map(({ weight }) => weight)).toEqual([3, 1]);
  });
});

describe('an unknown key', () => {
  // The names in it are the operator's.
  const isFree = (place: readonly (string | number)[]) => place.at(-1) === 'tool_calls';
  const places = objectsIn(full).filter((place) => !isFree(place));

  it('can be in every section there is', () => {
    const withKeys = new Set(keysOf(schema).map(([key]) => key.slice(0, Math.max(0, key.lastIndexOf('.')))));
    // Of what there is one of, only one kind can be in the file.
    const covered = new Set([...places.map(keyOf), 'knowledge.storage<disk>']);
    expect([...withKeys].filter((key) => !covered.has(key))).toEqual([]);
  });

  it.each(places.map((place) => [place.join('.') || 'the file', place] as const))(
    'in %s is refused with line and column',
    (_name, place) => {
      const document = new Document(full, { aliasDuplicateObjects: false });
      document.setIn([...place, 'unheard_of'], 1);
      const text = String(document);
      const lines = text.split('\n');
      const line = lines.findIndex((entry) => entry.includes('unheard_of'));
      const column = (lines[line] ?? '').indexOf('unheard_of') + 1;
      let thrown: unknown;
      try {
        parseConfig(text, 'c.yaml', {});
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ConfigFileError);
      expect((thrown as ConfigFileError).faults).toEqual([
        { line: line + 1, column, path: [...place, 'unheard_of'].join('.'), message: 'Unrecognized key: "unheard_of"' },
      ]);
    },
  );
});

describe('a file with many faults', () => {
  it('is told all of them, each where it is', () => {
    const text = [
      'currency: 5',
      'modles: []',
      'providers:',
      '  - id: a',
      '    retires: 3',
      '    retries: many',
      'models:',
      '  - provider: a',
    ].join('\n');
    let message = '';
    try {
      parseConfig(text, 'c.yaml', {});
    } catch (error) {
      message = (error as Error).message;
    }
    const places = message.split('\n').map((line) => /^c\.yaml:(\d+:\d+): ([\w.]+): /.exec(line)?.slice(1));
    expect(places).toEqual(
      expect.arrayContaining([
        ['1:11', 'currency'],
        ['2:1', 'modles'],
        ['4:5', 'providers.0.base_url'],
        ['5:5', 'providers.0.retires'],
        ['6:14', 'providers.0.retries'],
        ['8:5', 'models.0.name'],
      ]),
    );
    expect(places).toHaveLength(6);
  });

  it('says what else is wrong where a variable is not set, but not what the empty text is refused for', () => {
    const file = `providers:\n  - { id: up, base_url: "\${BASE}" }\nmodles: []\n`;
    expect(() => parseConfig(file, 'c.yaml', {})).toThrow(
      /^c\.yaml:2:25: the environment variable BASE is not set\.\nc\.yaml:3:1: .*modles.*$/,
    );
  });

  it('says where a variable is missing that is not set', () => {
    const text = `currency: EUR\nproviders: [{ id: a, base_url: "\${BASE}", api_key: "\${KEY}" }]`;
    expect(() => parseConfig(text, 'c.yaml', { KEY: 'k' })).toThrow(
      /^c\.yaml:2:32: the environment variable BASE is not set\.$/,
    );
  });

  it('is told that it is no file of settings', () => {
    expect(() => parseConfig('just words', 'c.yaml', {})).toThrow(/^c\.yaml:1:1: /);
    expect(() => parseConfig('currency: A\ncurrency: B', 'c.yaml', {})).toThrow(/^c\.yaml:2:1: .*unique/);
  });
});
