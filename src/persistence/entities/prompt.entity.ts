import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Tool } from '../../domain/tool.js';

/** A named prompt; `version` is its current one. */
export const PromptEntity = defineEntity({
  name: 'Prompt',
  tableName: 'prompts',
  properties: {
    projectId: p.uuid().primary(),
    id: p.uuid().primary(),
    name: p.text(),
    version: p.integer(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
  },
});
export type PromptEntity = InferEntity<typeof PromptEntity>;

/** One version of a prompt. Never changed: an update writes the next one. */
export const PromptVersionEntity = defineEntity({
  name: 'PromptVersion',
  tableName: 'prompt_versions',
  properties: {
    projectId: p.uuid().primary(),
    promptId: p.uuid().primary(),
    version: p.integer().primary(),
    displayName: p.text().nullable(),
    instructions: p.text().nullable(),
    model: p.text().nullable(),
    temperature: p.double().$type<number>().nullable(),
    tools: p.json<Tool[]>().columnType('json'),
    variables: p.json<Record<string, unknown>>().columnType('json'),
    metadata: p.json<Record<string, string>>(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
  },
});
export type PromptVersionEntity = InferEntity<typeof PromptVersionEntity>;
