import type { Tool } from './tool.js';

/** What a version of a prompt fixes. */
export interface PromptFields {
  displayName: string | null;
  /** Template text with `{{variable}}` placeholders. */
  instructions: string | null;
  model: string | null;
  temperature: number | null;
  tools: Tool[];
  /** Declared variables and their defaults; a null default makes the variable required. */
  variables: Record<string, unknown>;
  metadata: Record<string, string>;
}

/** A prompt seen at one of its versions. */
export interface Prompt extends PromptFields {
  projectId: string;
  id: string;
  name: string;
  version: number;
  currentVersion: number;
  createdAtMs: number;
  /** When this version was written. */
  updatedAtMs: number;
}
