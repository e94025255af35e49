import type { MetadataFilter, NameFilter } from '../domain/list-filter.js';
import { uuidFloor } from './partitions.js';

/** An id is made a moment before or after the time that is stored; the time decides, the id saves looking further. */
const ID_SLACK_MS = 60_000;

type Compare = (column: string, operator: string, value: unknown) => void;

/** Conditions of a statement that grow with what is asked for. What is undefined is not asked for. */
export function conditionsOf(alias: string, values: unknown[]) {
  let text = '';
  const compare: Compare = (column, operator, value) => {
    if (value === undefined) return;
    values.push(value);
    text += ` and ${alias}.${column} ${operator} $${values.length}`;
  };
  return {
    compare,
    /** What a filter of any list asks for: time by the ids' order, metadata by containment, names by their beginning. */
    filter({ createdFromMs, createdBeforeMs, metadata, nameStartsWith }: MetadataFilter & NameFilter): void {
      if (createdFromMs !== undefined) {
        compare('id', '>=', uuidFloor(createdFromMs - ID_SLACK_MS));
        compare('created_at', '>=', new Date(createdFromMs));
      }
      if (createdBeforeMs !== undefined) {
        compare('id', '<', uuidFloor(createdBeforeMs + ID_SLACK_MS));
        compare('created_at', '<', new Date(createdBeforeMs));
      }
      if (metadata !== undefined) compare('metadata', '@>', JSON.stringify(metadata));
      if (nameStartsWith !== undefined) compare('name', 'like', likePrefix(nameStartsWith));
    },
    get text(): string {
      return text;
    },
  };
}

/** A pattern for texts that begin with this. */
export const likePrefix = (prefix: string): string => `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`;
