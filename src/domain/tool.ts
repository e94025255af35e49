/** A tool as a request names it, in the API's own spelling (tools section). Unknown members are kept. */
export interface Tool {
  type: string;
  [member: string]: unknown;
}

export type ToolChoice = 'none' | 'auto' | 'required' | { type: string; [member: string]: unknown };
