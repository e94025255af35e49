import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { ConfigDocument } from './config-document.js';
import { type ConfigFault, ConfigFileError } from './config-fault.js';
import { ConfigError } from './env.js';
import { AntiphonConfig } from './schema/index.js';

/**
 * Reads the config file; `${NAME}` stands for an environment variable.
 *
 * @param cwd where folders that it names have to be; without it, they are not looked for
 * @throws ConfigFileError with line and column of everything that is wrong
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Record<string, string | undefined>,
  cwd: string | null = null,
): AntiphonConfig {
  const document = new ConfigDocument(text, environment);
  if (document.faults.length > 0) throw new ConfigFileError(file, document.faults);
  const result = AntiphonConfig.safeParse(document.value);
  const faults = result.success
    ? missingFolders(result.data, document, cwd)
    : result.error.issues.flatMap((issue) => faultsOf(issue, document));
  const all = [
    ...document.unset,
    ...faults.filter((fault) => !document.unset.some((unset) => isSamePlace(unset, fault))),
  ];
  if (all.length > 0 || !result.success) throw new ConfigFileError(file, all);
  return result.data;
}

/** What a text without its variable is refused for says nothing new. */
const isSamePlace = (one: ConfigFault, other: ConfigFault): boolean =>
  one.line === other.line && one.column === other.column;

/** The file that holds: the one that is named, or `antiphon.config.yaml` where there is one; null for none. @throws ConfigError */
export function findConfigFile(setting: string | undefined, cwd: string): string | null {
  const file = path.resolve(cwd, setting ?? 'antiphon.config.yaml');
  if (existsSync(file)) return file;
  if (setting !== undefined) throw new ConfigError(`ANTIPHON_CONFIG: there is no file ${file}.`);
  return null;
}

/** The config file's content, or the defaults when there is none. @throws ConfigError */
export function loadConfig(
  setting: string | undefined,
  cwd: string,
  environment: Record<string, string | undefined>,
): AntiphonConfig {
  const file = findConfigFile(setting, cwd);
  return file === null ? AntiphonConfig.parse({}) : parseConfig(readFileSync(file, 'utf8'), file, environment, cwd);
}

function faultsOf(issue: z.core.$ZodIssue, document: ConfigDocument): ConfigFault[] {
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => document.faultOfKey(issue.path, message));
  if (issue.code !== 'unrecognized_keys') return [document.fault(issue.path, issue.message)];
  return issue.keys.map((key) => document.faultOfKey([...issue.path, key], `Unrecognized key: "${key}"`));
}

const missingFolders = ({ web_search }: AntiphonConfig, document: ConfigDocument, cwd: string | null): ConfigFault[] =>
  web_search.engines.flatMap((engine, index) => {
    const folder = cwd !== null && engine.type === 'local-corpus' ? path.resolve(cwd, engine.folder) : null;
    if (folder === null || existsSync(folder)) return [];
    return [document.fault(['web_search', 'engines', index, 'folder'], `there is no folder ${folder}.`)];
  });
