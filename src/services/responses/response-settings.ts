import { errors } from '../../domain/errors.js';
import { toPublicId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import { checkVariables, renderTemplate } from '../../domain/prompt-template.js';
import type { ResponseSettings } from '../../domain/response.js';
import type { Tool } from '../../domain/tool.js';
import type { TextFormat } from '../../providers/provider.js';
import { withToolDefaults } from '../tools.schema.js';
import { checkAvailable } from './available.js';
import type { CreateResponseBody } from './create-response.schema.js';

/** What a schema of single fields cannot say. @throws 400, 403 */
export function checkAcrossFields(body: CreateResponseBody): void {
  if (body.previous_response_id && body.conversation)
    throw errors.mutuallyExclusive('previous_response_id', 'conversation');
  if (body.background && body.store === false)
    throw errors.unsupportedValue('background', "'background' needs 'store' to be true.");
  if (body.max_output_tokens && body.max_tokens && body.max_output_tokens !== body.max_tokens)
    throw errors.mutuallyExclusive('max_tokens', 'max_output_tokens');
  if (body.stream_options && body.stream !== true && body.background !== true)
    throw errors.unsupportedParameter('stream_options', "'stream_options' needs 'stream' to be true.");
  checkAvailable(body);
}

/** What a response shows of how it was asked for: the body, what its prompt fills in, and the API's defaults. */
export function toSettings(
  body: CreateResponseBody,
  prompt: Prompt | null,
  requestTools: readonly Tool[],
  format: TextFormat,
): ResponseSettings {
  const variables = body.prompt?.variables ?? {};
  if (prompt !== null) checkVariables(prompt.instructions, variables, prompt.variables);
  const rendered =
    prompt?.instructions === undefined || prompt.instructions === null
      ? null
      : renderTemplate(prompt.instructions, variables, prompt.variables);
  return {
    instructions: body.instructions ?? rendered,
    max_output_tokens: body.max_output_tokens ?? body.max_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    presence_penalty: body.presence_penalty ?? 0,
    frequency_penalty: body.frequency_penalty ?? 0,
    prompt:
      prompt === null ? null : { id: toPublicId('prompt', prompt.id), version: String(prompt.version), variables },
    prompt_cache_key: body.prompt_cache_key ?? null,
    prompt_cache_retention: body.prompt_cache_retention ?? null,
    reasoning: toReasoning(body.reasoning ?? {}),
    safety_identifier: body.safety_identifier ?? null,
    service_tier: body.service_tier ?? 'auto',
    temperature: body.temperature ?? prompt?.temperature ?? 1,
    text: { format: { ...format }, verbosity: body.text?.verbosity ?? 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: requestTools.map(withToolDefaults),
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    user: body.user ?? null,
  };
}

const toReasoning = ({
  effort,
  summary,
  generate_summary,
  context,
  mode,
}: NonNullable<CreateResponseBody['reasoning']>): ResponseSettings['reasoning'] => ({
  effort: effort ?? null,
  summary: summary ?? generate_summary ?? null,
  ...(context == null ? {} : { context }),
  ...(mode == null ? {} : { mode }),
});

/**
 * A body that gives the same plan later: a prompt is resolved, and what is stored with the response (its input, what it
 * continues) is left out.
 */
export const toCommand = (
  {
    prompt: _prompt,
    input: _input,
    previous_response_id: _parent,
    conversation: _conversation,
    ...rest
  }: CreateResponseBody,
  model: string,
  settings: ResponseSettings,
  tools: Tool[],
): CreateResponseBody => ({
  ...rest,
  model,
  instructions: settings.instructions,
  temperature: settings.temperature,
  tools: tools as CreateResponseBody['tools'],
});
