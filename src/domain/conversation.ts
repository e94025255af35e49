/** A conversation as the gateway keeps it. Its items are listed apart. */
export interface Conversation {
  projectId: string;
  id: string;
  metadata: Record<string, string>;
  endUser: string | null;
  createdAtMs: number;
}
