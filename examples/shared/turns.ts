/** A question and its answer: what the examples select of a response. */
export interface Turn {
  id: string;
  status: string;
  outputText: string;
  error?: { message: string } | null;
  inputItems: { nodes: readonly { id?: string; text?: string }[] };
}

/** Responses that began while the page was open, with what their events have said so far; by id. */
export type LiveTurns = Readonly<Record<string, { turn: Turn; text: string }>>;

/** What the examples select of a conversation's event. */
export interface ChatEvent {
  cursor: string;
  response?: Turn | null;
  responseId?: string;
  event?: { delta?: string };
}

/** Takes in one event: a response that began or ended, or a piece of its text. Undefined before the first. */
export function withEvent(live: LiveTurns | undefined = {}, { response, responseId, event }: ChatEvent): LiveTurns {
  if (response) return { ...live, [response.id]: { turn: response, text: live[response.id]?.text ?? '' } };
  const known = live[responseId ?? ''];
  if (known === undefined || event?.delta === undefined) return live;
  return { ...live, [known.turn.id]: { ...known, text: known.text + event.delta } };
}

/** The whole chat, oldest first: what was read, and over it what is known from events. Ids sort by time. */
export function allTurns(read: readonly Turn[], live: LiveTurns = {}): Turn[] {
  const turns = new Map(read.map((turn) => [turn.id, turn]));
  for (const { turn, text } of Object.values(live))
    turns.set(turn.id, turn.outputText === '' ? { ...turn, outputText: text } : turn);
  return [...turns.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
