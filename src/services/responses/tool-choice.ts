import { z } from 'zod';
import { errors } from '../../domain/errors.js';
import { type ToolChoice as Choice, type Tool, toolFamily } from '../../domain/tool.js';

const NamedTool = z.looseObject({ type: z.string().min(1).max(64), name: z.string().max(256).optional() });

const FunctionChoice = z.looseObject({ type: z.literal('function'), name: z.string().min(1).max(64) });

const AllowedTools = z.looseObject({
  type: z.literal('allowed_tools'),
  mode: z.enum(['auto', 'required']),
  tools: z.array(NamedTool).min(1).max(128),
});

const CustomChoice = z.looseObject({ type: z.literal('custom'), name: z.string().min(1).max(64) });

const McpChoice = z.looseObject({
  type: z.literal('mcp'),
  server_label: z.string().max(64).optional(),
  name: z.string().max(256).optional(),
});

const schemas: Record<string, z.ZodType> = {
  function: FunctionChoice,
  custom: CustomChoice,
  mcp: McpChoice,
  allowed_tools: AllowedTools,
};

/** `tool_choice` of a request: a mode, one tool, or a subset of the tools. */
export const ToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.string().min(1).max(64) }).superRefine((choice, ctx) => {
    const schema = Object.hasOwn(schemas, choice.type) ? schemas[choice.type] : undefined;
    for (const issue of schema?.safeParse(choice, { reportInput: true }).error?.issues ?? [])
      ctx.addIssue(issue as never);
  }),
]);

function isAmong(tools: readonly Tool[], named: Tool): boolean {
  if (named.type === 'function' || named.type === 'custom')
    return tools.some((tool) => tool.type === named.type && tool.name === named.name);
  if (named.type === 'mcp' && named.server_label !== undefined)
    return tools.some((tool) => tool.type === 'mcp' && tool.server_label === named.server_label);
  return tools.some((tool) => toolFamily(tool.type) === toolFamily(named.type));
}

/**
 * The function names that `allowed_tools` leaves to the model; null when every function may be called.
 *
 * @param serverTools the server's own tools by the names models call
 */
export function allowedFunctions(
  choice: Choice,
  serverTools: ReadonlyMap<string, { tool: Tool }>,
): ReadonlySet<string> | null {
  if (typeof choice === 'string' || choice.type !== 'allowed_tools') return null;
  const allowed = new Set<string>();
  for (const named of choice.tools as Tool[]) {
    if (typeof named.name === 'string') allowed.add(named.name);
    for (const [name, { tool }] of serverTools) if (isAmong([tool], named)) allowed.add(name);
  }
  return allowed;
}

/** What is chosen has to be there to choose from. @throws 400 on `tool_choice` */
export function checkToolChoice(choice: Choice, tools: readonly Tool[]): void {
  if (typeof choice === 'string') {
    if (choice === 'required' && tools.length === 0)
      throw errors.invalidValue('tool_choice', "'required' needs at least one tool.");
    return;
  }
  const named = choice.type === 'allowed_tools' ? (choice.tools as Tool[]) : [choice];
  const missing = named.find((tool) => !isAmong(tools, tool));
  if (missing === undefined) return;
  const what =
    missing.type === 'function'
      ? `The function '${String(missing.name)}'`
      : missing.type === 'custom'
        ? `The custom tool '${String(missing.name)}'`
        : `A '${missing.type}' tool`;
  throw errors.invalidValue('tool_choice', `${what} is not among the tools.`);
}
