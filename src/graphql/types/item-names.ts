const NAMES: Readonly<Record<string, string>> = {
  message: 'Message',
  function_call: 'FunctionCall',
  function_call_output: 'FunctionCallOutput',
  custom_tool_call: 'CustomToolCall',
  custom_tool_call_output: 'CustomToolCallOutput',
  mcp_list_tools: 'McpListTools',
  mcp_call: 'McpCall',
  mcp_approval_request: 'McpApprovalRequest',
  mcp_approval_response: 'McpApprovalResponse',
  file_search_call: 'FileSearchCall',
  web_search_call: 'WebSearchCall',
  reasoning: 'Reasoning',
  compaction: 'Compaction',
  item_reference: 'ItemReference',
};

/** The type of the schema that an item is shown as. */
export const itemTypeName = ({ type }: { type: string }): string =>
  Object.hasOwn(NAMES, type) ? (NAMES[type] as string) : 'OtherItem';
