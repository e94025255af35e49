import type { Item } from '../domain/item.js';
import type { Owner } from '../domain/principal.js';
import type { Tool } from '../domain/tool.js';

/** What a model may call of a tool that the server runs: how it is offered to the model. */
export interface ToolOffer {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

/** How one call went. */
export interface ToolOutcome {
  /** The finished item without its id. */
  item: Item;
  /** What the model is told: JSON or plain text. */
  output: string;
  /** Pages whose links in what the model says become citations. */
  sources?: readonly { url: string; title: string }[];
}

export interface ToolCallContext {
  /** Whose data it may see. */
  owner: Owner;
  /** The tool as the request configured it. */
  tool: Tool;
  /** JSON text of the arguments as the model wrote it. */
  arguments: string;
  signal: AbortSignal;
}

/**
 * A tool the server runs inside the loop. A failure is an outcome (item status `failed`, an error text for the model);
 * only infrastructure faults throw (behaviour of built-in tools section).
 */
export interface ServerTool {
  /** Request tool types it answers to. */
  readonly types: readonly string[];
  /** The function name by which models call it. */
  readonly name: string;
  offer(tool: Tool): ToolOffer;
  /** The item as it is announced, before anything is known. */
  begin(): Item;
  /** Events between the item's `added` and `done`, in order; the last one is sent only if the call did not fail. */
  readonly events: readonly string[];
  run(context: ToolCallContext): Promise<ToolOutcome>;
}
