import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../src/config/env.js';
import { loadConfig, parseConfig } from '../../src/config/read-config.js';

const provider = 'providers:\n  - id: a\n    base_url: http://a';

const parse = (text: string, environment = {}) => parseConfig(text, 'antiphon.config.yaml', environment);

describe('the config file', () => {
  it('is optional in every part', () => {
    expect(parse('')).toMatchObject({ currency: 'USD', providers: [], models: [], limits: {} });
  });

  it('knows what providers are like unless told', () => {
    const [settings] = parse(provider).providers;
    expect(settings).toMatchObject({
      dialect: 'chat_completions',
      retries: 2,
      timeouts: { connect_seconds: 10, headers_seconds: 600, idle_seconds: 600 },
      unsupported: [],
      structured_output: 'json_schema',
    });
  });

  it('takes secrets from the environment', () => {
    const config = parse(`providers: [{ id: a, base_url: "http://a/v1", api_key: "\${A_KEY}" }]`, { A_KEY: 's' });
    expect(config.providers[0]?.api_key).toBe('s');
    expect(() => parse(`currency: "\${MISSING}"`)).toThrow(/MISSING is not set/);
  });

  it.each([
    ['broken YAML', 'models: [', /antiphon.config.yaml:1:\d+/],
    ['an unknown key', 'currency: EUR\nmodles: []', /antiphon.config.yaml:2:\d+: modles/],
    [
      'a price that is not an amount',
      'models:\n  - name: a\n    provider: local\n    price: { input: cheap, output: 1 }',
      /:4:\d+: models.0.price.input/,
    ],
    ['a provider that is not defined', 'models: [{ name: a, provider: nowhere }]', /'a' names the provider 'nowhere'/],
    [
      'a fallback that is not defined',
      'models:\n  - name: a\n    provider: local\n    fallbacks:\n      - { provider: nowhere }',
      /:5:\d+: models.0.fallbacks.0.provider: 'a' names/,
    ],
    [
      'a price of a tool that is none',
      'models:\n  - name: a\n    provider: local\n    price: { input: 1, output: 1, tool_calls: { mcp: 1, web_serch: 1 } }',
      /:4:57: models.0.price.tool_calls.web_serch: supported values are: 'web_search', 'file_search', 'mcp', /,
    ],
    ['a model that is nowhere', 'models: [{ name: a }]', /:1:\d+: models.0.provider: name a provider, or targets/],
    [
      'a model both here and there',
      'models:\n  - name: a\n    provider: local\n    targets: [{ provider: local }]',
      /:4:\d+: models.0.targets: name a provider or targets, not both/,
    ],
    [
      'an embedding model that is two',
      'knowledge: { embedding_model: e }\nmodels:\n  - name: e\n    provider: local\n    fallbacks: [{ provider: local, upstream_model: f }]',
      /:3:\d+: models.0.name: vectors of two models are never mixed/,
    ],
    ['a network that is none', 'outbound: { allow: [10.0.0.0/99] }', /:1:\d+: outbound.allow.0/],
    [
      'a dialect nobody speaks',
      'providers:\n  - id: a\n    base_url: http://a\n    dialect: klingon',
      /:4:\d+: providers.0.dialect/,
    ],
    [
      'a setting of the other dialect',
      `${provider}\n    dialect: responses\n    think_tags: true`,
      /:5:\d+: providers.0.think_tags: only/,
    ],
    [
      'and the other way round',
      `${provider}\n    encrypted_reasoning: false`,
      /:4:\d+: providers.0.encrypted_reasoning: only/,
    ],
    [
      'a parameter that cannot be lacking',
      `${provider}\n    unsupported: [temperature, model]`,
      /:4:\d+: providers.0.unsupported.1/,
    ],
    [
      'MCP as a hosted tool',
      `${provider}\n    dialect: responses\n    hosted_tools: [mcp]`,
      /:5:\d+: providers.0.hosted_tools.0/,
    ],
    [
      'endless patience',
      `${provider}\n    timeouts: { idle_seconds: 1e9 }`,
      /:4:\d+: providers.0.timeouts.idle_seconds/,
    ],
    [
      'two providers of one name',
      `${provider}\n  - id: a\n    base_url: http://b`,
      /:4:\d+: providers.1.id: 'a' is taken/,
    ],
    [
      'a model name with a pattern',
      'models: [{ name: "gpt-*", provider: local }]',
      /models.0.name: names are matched whole/,
    ],
    ['two models of one name', 'models: [{ name: m, provider: local }, { name: m, provider: local }]', /models.1.name/],
    [
      'a search engine nobody knows',
      'web_search:\n  engines:\n    - type: altavista',
      /:3:\d+: web_search.engines.0.type/,
    ],
    [
      'a search engine without its key',
      'web_search:\n  engines:\n    - type: brave',
      /:3:\d+: web_search.engines.0.api_key/,
    ],
    [
      'a setting of another search engine',
      'web_search:\n  engines:\n    - type: searxng\n      url: http://a\n      api_key: x',
      /:5:\d+: web_search.engines.0.api_key/,
    ],
    [
      'a search engine that is no web server',
      'web_search:\n  engines:\n    - type: searxng\n      url: redis://a',
      /:4:\d+: web_search.engines.0.url/,
    ],
    [
      'a key that is bound to trusted documents by its name',
      'graphql:\n  trusted_documents:\n    files: [a.json]\n    required_for: [frontend]',
      /:4:\d+: graphql.trusted_documents.required_for.0: expected the id of a key/,
    ],
    ['a provider that takes the built-in name', 'providers: [{ id: local, base_url: "http://a/v1" }]', /built-in/],
  ])('refuses %s and says where', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('the environment', () => {
  it('has defaults for everything, and reads an empty value as unset', () => {
    expect(readEnvironment({ PORT: '', DATA_DIR: '' })).toMatchObject({
      PORT: 4000,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
    });
  });

  it.each([
    [{ PORT: 'http' }, /^PORT: use a whole number/],
    [{ PORT: '70000' }, /^PORT: use a whole number/],
    [{ CORS_ORIGINS: 'localhost:3000' }, /^CORS_ORIGINS: 'localhost:3000' is not an origin/],
    [{ CORS_ORIGINS: 'https://a.example, https://b.example/app' }, /^CORS_ORIGINS: 'https:\/\/b.example\/app' is/],
    [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS: '\*' is not an origin/],
    [{ DATABASE_URL: 'postgresql://h/d' }, /^ANTIPHON_SECRET: is required/],
    [{ DATABASE_URL: 'nonsense', ANTIPHON_SECRET: 's' }, /^DATABASE_URL: /],
    [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL: begins with/],
    [{ ANTIPHON_API_KEY: 'a b' }, /^ANTIPHON_API_KEY: /],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
  ])('refuses %p in one line that names the variable', (source, message) => {
    expect(() => readEnvironment(source)).toThrow(message);
  });

  it('reads origins as browsers send them', () => {
    const { CORS_ORIGINS } = readEnvironment({ CORS_ORIGINS: 'https://a.example/, http://localhost:3000,app://x,' });
    expect(CORS_ORIGINS).toEqual(['https://a.example', 'http://localhost:3000', 'app://x']);
    expect(readEnvironment({}).CORS_ORIGINS).toEqual([]);
  });

  it('refuses a folder that is not there, by its name', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-config-'));
    const file = path.join(folder, 'antiphon.config.yaml');
    try {
      writeFileSync(file, 'web_search: { engines: [{ type: local-corpus, folder: docs }] }');
      expect(() => loadConfig(undefined, folder, {})).toThrow(
        /web_search\.engines\.0\.folder: there is no folder .*docs/,
      );
      mkdirSync(path.join(folder, 'docs'));
      expect(loadConfig(undefined, folder, {}).web_search.engines).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
