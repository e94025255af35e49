import { errors } from './errors.js';
import type { Item } from './item.js';

const CALLS = new Map([
  ['function_call_output', 'function_call'],
  ['custom_tool_call_output', 'custom_tool_call'],
  ['computer_call_output', 'computer_call'],
  ['shell_call_output', 'shell_call'],
  ['apply_patch_call_output', 'apply_patch_call'],
]);
const CALL_TYPES = new Set(CALLS.values());

/**
 * Every call in a context needs exactly one output before the model runs again, and every output its call
 * (chaining section, "function call continuity"). Throws the 400 that names the offending call id.
 */
export function checkToolContinuity(context: readonly Item[]): void {
  const open = new Set<unknown>();
  const answered = new Set<unknown>();
  for (const item of context) {
    const callId = 'call_id' in item ? item.call_id : undefined;
    if (CALL_TYPES.has(item.type)) open.add(callId);
    if (!CALLS.has(item.type)) continue;
    if (answered.has(callId)) throw errors.invalidInput(`Duplicate tool output for call ${String(callId)}.`);
    if (!open.delete(callId))
      throw errors.invalidInput(`No tool call found for tool output with call_id ${String(callId)}.`);
    answered.add(callId);
  }
  const [unanswered] = open;
  if (open.size > 0) throw errors.invalidInput(`No tool output found for tool call ${String(unanswered)}.`);
}
