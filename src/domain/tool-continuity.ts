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
  if (!context.some(isAboutCalls)) return;
  const open = new Set<unknown>();
  const answered = new Set<unknown>();
  let hasApprovals = false;
  for (const item of context) {
    hasApprovals ||= item.type === 'mcp_approval_response';
    const callId = 'call_id' in item ? item.call_id : undefined;
    if (CALL_TYPES.has(item.type)) {
      if (open.has(callId) || answered.has(callId))
        throw errors.invalidInput(`Duplicate tool call with call_id ${String(callId)}.`);
      open.add(callId);
    }
    if (!CALLS.has(item.type)) continue;
    if (answered.has(callId)) throw errors.invalidInput(`Duplicate tool output for call ${String(callId)}.`);
    if (!open.delete(callId))
      throw errors.invalidInput(`No tool call found for tool output with call_id ${String(callId)}.`);
    answered.add(callId);
  }
  if (hasApprovals) checkApprovals(context);
  const [unanswered] = open;
  if (open.size > 0) throw errors.invalidInput(`No tool output found for tool call ${String(unanswered)}.`);
}

const isAboutCalls = ({ type }: Item): boolean =>
  CALL_TYPES.has(type) || CALLS.has(type) || type === 'mcp_approval_response';

/** Every answer to an approval needs its request in front of it, and a request one answer at most. */
function checkApprovals(context: readonly Item[]): void {
  const asked = new Set<unknown>();
  const answered = new Set<unknown>();
  for (const item of context) {
    if (item.type === 'mcp_approval_request') asked.add(item.id);
    if (item.type !== 'mcp_approval_response') continue;
    const id = 'approval_request_id' in item ? item.approval_request_id : undefined;
    if (!asked.has(id)) throw errors.invalidInput(`No approval request found with id '${String(id)}'.`);
    if (answered.has(id)) throw errors.invalidInput(`Approval request '${String(id)}' was answered already.`);
    answered.add(id);
  }
}
