import type { Item } from '../../domain/item.js';
import type { ModelRequest } from '../../providers/provider.js';
import { type McpName, toModelItems } from './model-items.js';
import type { RunPlan } from './run-plan.js';
import { allowedFunctions } from './tool-choice.js';

/** A plan's context as its model sees it. */
export const modelItems = ({ context, route }: RunPlan, mcpName?: McpName): readonly Item[] =>
  toModelItems(context, (toolType) => route.provider.hosts(toolType), mcpName);

/** The model request of a plan's first turn. Values that equal the API's defaults are left to the upstream. */
export function toModelRequest(plan: RunPlan): ModelRequest {
  const { settings } = plan.record;
  const unlessDefault = (value: number, byDefault: number): number | null => (value === byDefault ? null : value);
  return {
    model: plan.route.upstreamModel,
    instructions: settings.instructions,
    items: modelItems(plan),
    functions: plan.tools.functions,
    hostedTools: plan.tools.hosted,
    toolChoice: settings.tool_choice,
    allowedFunctions: allowedFunctions(settings.tool_choice, plan.tools.server),
    parallelToolCalls: settings.parallel_tool_calls,
    maxToolCalls: settings.max_tool_calls,
    maxOutputTokens: settings.max_output_tokens,
    temperature: unlessDefault(settings.temperature, 1),
    topP: unlessDefault(settings.top_p, 1),
    presencePenalty: unlessDefault(settings.presence_penalty, 0),
    frequencyPenalty: unlessDefault(settings.frequency_penalty, 0),
    format: plan.format,
    reasoningEffort: settings.reasoning.effort,
    reasoningSummary: settings.reasoning.summary,
    reasoningMode: settings.reasoning.mode ?? null,
    verbosity: settings.text.verbosity === 'medium' ? null : settings.text.verbosity,
    logprobs:
      plan.include.has('message.output_text.logprobs') || settings.top_logprobs > 0 ? settings.top_logprobs : null,
    serviceTier: settings.service_tier === 'auto' ? null : settings.service_tier,
    safetyIdentifier: settings.safety_identifier,
    user: settings.user,
    promptCacheKey: settings.prompt_cache_key,
    promptCacheRetention: settings.prompt_cache_retention,
    stream: plan.record.logged,
    literals: plan.literals,
  };
}
