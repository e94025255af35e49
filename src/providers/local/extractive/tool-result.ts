import { isObject, parseJson } from '../json.js';
import { isSearch } from './built-in-search.js';
import type { ToolOutput } from './reading.js';

/** A tool's output, understood as far as it can be. */
export type ToolResult =
  /** A search: its hits, maybe none. */
  | { kind: 'sources'; sources: Source[]; error: string | null }
  /** Any other function: what it said, as it said it. */
  | { kind: 'said'; name: string | null; text: string };

export interface Source {
  text: string;
  /** Where it is from, for the citation; null when the tool did not say. */
  origin: { fileId: string; filename: string } | { url: string; title: string } | null;
}

/** Reads `{ "results": [...], "error"? }`, the shape that the searches answer in; from a search, plain text too. */
export function readToolOutput(output: ToolOutput): ToolResult {
  const value = parseJson(output.content);
  if (isObject(value) && Array.isArray(value.results)) {
    return { kind: 'sources', sources: value.results.flatMap(toSource), error: errorOf(output.name, value.error) };
  }
  if (!isSearch(output.name)) return { kind: 'said', name: output.name, text: output.content.trim() };
  if (isObject(value)) return { kind: 'sources', sources: [], error: errorOf(output.name, value.error) };
  const text = output.content.trim();
  if (/not[ _]configured/i.test(text)) return { kind: 'sources', sources: [], error: errorOf(output.name, text) };
  return { kind: 'sources', sources: text === '' ? [] : [{ text, origin: null }], error: null };
}

function toSource(value: unknown): Source | [] {
  if (!isObject(value)) return [];
  const text = stringAmong(value.text, value.content, value.snippet);
  if (text === undefined) return [];
  const fileId = stringAmong(value.file_id);
  if (fileId !== undefined) return { text, origin: { fileId, filename: stringAmong(value.filename) ?? fileId } };
  const url = stringAmong(value.url);
  return { text, origin: url === undefined ? null : { url, title: stringAmong(value.title) ?? url } };
}

const stringAmong = (...values: unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string' && value !== '');

/** One honest sentence for what went wrong. */
function errorOf(name: string | null, error: unknown): string | null {
  const message = isObject(error) ? stringAmong(error.message, error.code) : stringAmong(error);
  if (message === undefined) return error === undefined || error === null ? null : `${labelOf(name)} failed.`;
  if (/not[ _]configured/i.test(message)) return `${labelOf(name)} is not configured on this server.`;
  return `${labelOf(name)} failed: ${message.trim().replace(/[.!]+$/, '')}.`;
}

const labelOf = (name: string | null): string =>
  name === 'web_search' ? 'Web search' : name === 'file_search' ? 'File search' : 'The search';
