import type { ContentPart } from './content.js';

/**
 * Items in the API's own spelling (items section). They are stored and returned as they came, so the
 * domain keeps the wire's member names instead of translating them twice (docs/decisions/0001).
 */

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete' | 'searching' | 'failed';

export interface MessageItem {
  type: 'message';
  id?: string;
  status?: ItemStatus;
  role: string;
  content: string | ContentPart[];
  [member: string]: unknown;
}
export interface FunctionCallItem {
  type: 'function_call';
  id?: string;
  status?: ItemStatus;
  call_id: string;
  name: string;
  /** JSON text, exactly as the model wrote it. */
  arguments: string;
  [member: string]: unknown;
}
export interface FunctionCallOutputItem {
  type: 'function_call_output';
  id?: string;
  status?: ItemStatus;
  call_id: string;
  output: string | ContentPart[];
  [member: string]: unknown;
}
export interface FileSearchCallItem {
  type: 'file_search_call';
  id?: string;
  status: ItemStatus;
  queries: string[];
  results: unknown[] | null;
  [member: string]: unknown;
}
export interface WebSearchCallItem {
  type: 'web_search_call';
  id?: string;
  status: ItemStatus;
  action?: { type: string; [member: string]: unknown };
  [member: string]: unknown;
}
export interface ReasoningItem {
  type: 'reasoning';
  id?: string;
  status?: ItemStatus;
  summary: { type: 'summary_text'; text: string }[];
  content?: { type: 'reasoning_text'; text: string }[];
  encrypted_content?: string | null;
  [member: string]: unknown;
}
/** An item whose type this version does not execute: stored and returned unharmed. */
export interface OtherItem {
  type: string;
  id?: string;
  status?: string;
  [member: string]: unknown;
}

export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | FileSearchCallItem
  | WebSearchCallItem
  | ReasoningItem
  | OtherItem;

export const isMessage = (item: Item): item is MessageItem => item.type === 'message';
export const isFunctionCall = (item: Item): item is FunctionCallItem => item.type === 'function_call';
export const isFunctionCallOutput = (item: Item): item is FunctionCallOutputItem =>
  item.type === 'function_call_output';
