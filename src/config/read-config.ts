import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './env.js';
import { AntiphonConfig } from './schema/index.js';

/**
 * Reads the config file; `${NAME}` stands for an environment variable.
 *
 * @throws ConfigError with the line of what is wrong
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Record<string, string | undefined>,
): AntiphonConfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const at = (offset: number | undefined): string => {
    if (offset === undefined) return file;
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const fault = document.errors[0];
  if (fault !== undefined) throw new ConfigError(`${at(fault.pos[0])}: ${fault.message.split('\n')[0]}`);

  const value = substitute(document.toJS() ?? {}, environment, file);
  const result = AntiphonConfig.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const place = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const offset = unknown === undefined ? offsetOf(document, place) : offsetOfKey(document, place);
  throw new ConfigError(`${at(offset)}: ${place.join('.')}: ${issue?.message}`);
}

type Place = readonly PropertyKey[];

/** Where the value at this place begins, or what it is missing in. */
function offsetOf(document: Document, place: Place): number | undefined {
  const node = document.getIn(place, true) ?? document.getIn(place.slice(0, -1), true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function offsetOfKey(document: Document, place: Place): number | undefined {
  const parent = document.getIn(place.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === place.at(-1)) : undefined;
  return isNode(pair?.key) ? pair.key.range?.[0] : offsetOf(document, place);
}

/** The config file's content, or the defaults when there is none. @throws ConfigError */
export function loadConfig(
  setting: string | undefined,
  cwd: string,
  environment: Record<string, string | undefined>,
): AntiphonConfig {
  const file = path.resolve(cwd, setting ?? 'antiphon.config.yaml');
  if (!existsSync(file)) {
    if (setting !== undefined) throw new ConfigError(`ANTIPHON_CONFIG: there is no file ${file}.`);
    return AntiphonConfig.parse({});
  }
  return checkFolders(parseConfig(readFileSync(file, 'utf8'), file, environment), file, cwd);
}

function substitute(value: unknown, environment: Record<string, string | undefined>, file: string): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_match, name: string) => {
      const found = environment[name];
      if (found === undefined) throw new ConfigError(`${file}: the environment variable ${name} is not set.`);
      return found;
    });
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, environment, file));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, substitute(entry, environment, file)]));
  return value;
}

function checkFolders(config: AntiphonConfig, file: string, cwd: string): AntiphonConfig {
  for (const [index, engine] of config.web_search.engines.entries()) {
    const folder = engine.type === 'local-corpus' ? path.resolve(cwd, engine.folder) : null;
    if (folder !== null && !existsSync(folder))
      throw new ConfigError(`${file}: web_search.engines.${index}.folder: there is no folder ${folder}.`);
  }
  return config;
}
