import { toPublicId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import { CreatePromptBody, UpdatePromptBody } from '../../services/prompts/prompt.service.js';
import { defineRoute } from '../define-route.js';
import { ListQuery, publicId, readListQuery, toList, versionNumber } from '../list-query.js';

const toWire = (prompt: Prompt) => ({
  id: toPublicId('prompt', prompt.id),
  object: 'prompt',
  name: prompt.name,
  display_name: prompt.displayName,
  instructions: prompt.instructions,
  model: prompt.model,
  temperature: prompt.temperature,
  tools: prompt.tools.map(({ sealed: _sealed, ...tool }) => tool),
  variables: prompt.variables,
  metadata: prompt.metadata,
  version: prompt.version,
  created_at: Math.floor(prompt.createdAtMs / 1000),
  updated_at: Math.floor(prompt.updatedAtMs / 1000),
});

/** Prompts: the seed contract's endpoints, and the reads one expects beside them. */
export const promptRoutes = [
  defineRoute({
    method: 'POST',
    path: '/prompts',
    operation: 'createPrompt',
    summary: 'Create a prompt at version 1.',
    body: CreatePromptBody,
    status: 201,
    answers: 'Prompt',
    handle: async ({ principal, services, body }) => toWire(await services.prompts.create(principal, body)),
  }),
  defineRoute({
    method: 'GET',
    path: '/prompts',
    operation: 'prompts',
    summary: 'List prompts at their current versions.',
    query: ListQuery,
    answers: 'PromptList',
    async handle({ principal, services, query }) {
      const request = readListQuery(query, publicId('prompt'));
      const page = await services.prompts.list(principal, request);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/prompts/:id',
    operation: 'prompt',
    summary: 'Read a prompt by id or name, at its current version or at ?version=N.',
    answers: 'Prompt',
    async handle({ principal, services, params, query }) {
      const id = params.id as string;
      if (query.version === undefined) return toWire(await services.prompts.get(principal, id));
      return toWire(await services.prompts.resolve(principal, id, String(query.version)));
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/prompts/:id',
    operation: 'updatePrompt',
    summary: 'Change the given fields: the prompt moves on to a new version.',
    body: UpdatePromptBody,
    answers: 'Prompt',
    handle: async ({ principal, services, params, body }) =>
      toWire(await services.prompts.update(principal, params.id as string, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/prompts/:id',
    operation: 'deletePrompt',
    summary: 'Delete a prompt with all its versions.',
    answers: 'DeletedPrompt',
    async handle({ principal, services, params }) {
      const prompt = await services.prompts.delete(principal, params.id as string);
      return { id: toPublicId('prompt', prompt.id), object: 'prompt.deleted', deleted: true };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/prompts/:id/versions',
    operation: 'promptVersions',
    summary: 'List the versions of a prompt, newest first.',
    query: ListQuery,
    answers: 'PromptList',
    async handle({ principal, services, params, query }) {
      const request = readListQuery(query, versionNumber);
      const prompt = await services.prompts.get(principal, params.id as string);
      const page = await services.prompts.listVersions(principal, prompt.id, request);
      return toList(page, page.rows.map(toWire), request.fromEnd, ({ version }) => String(version));
    },
  }),
];
