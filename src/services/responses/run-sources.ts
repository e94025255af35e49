import { errors } from '../../domain/errors.js';
import { parseItemId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Owner } from '../../domain/principal.js';
import { isTerminal } from '../../domain/response.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import { type StoredItem, toStoredItem, toUserMessage } from '../items.schema.js';
import type { CreateResponseBody } from './create-response.schema.js';

/** What came before a run's input. */
export interface History {
  readonly items: Item[];
  /** Of a conversation: how far it was when it was read. */
  readonly sequence: bigint | null;
  /** Where the parent response ended, or null. */
  readonly parent: { threadId: string; end: number } | null;
}

const noHistory: History = { items: [], sequence: null, parent: null };

export const fromMemory = (items: readonly Item[]): History => ({ ...noHistory, items: [...items] });

type Input = NonNullable<CreateResponseBody['input']>;

/** Where the items of a run come from: what it continues, and what it is sent. */
export function createRunSources({
  responses,
  conversations,
}: {
  responses: ResponseRepository;
  conversations: ConversationRepository;
}) {
  /** @param previousId UUID of `name` */
  const ofResponse = async (owner: Owner, previousId: string, name: string): Promise<History> => {
    const parent = await responses.findParentContext(owner, previousId);
    if (parent === null) throw errors.previousResponseNotFound(name);
    if (!isTerminal(parent.status)) throw errors.previousResponseUnfinished(name);
    return { items: parent.items, sequence: null, parent: { threadId: parent.threadId, end: parent.end } };
  };

  /** @param conversationId UUID of `name` */
  const ofConversation = async (owner: Owner, conversationId: string, name: string): Promise<History> => {
    const found = await conversations.findContext(owner, conversationId);
    if (found === null) throw errors.conversationNotFound(name);
    return { ...found, parent: null };
  };

  const findReferred = async (owner: Owner, input: Exclude<Input, string>): Promise<ReadonlyMap<string, Item>> => {
    const ids = input.flatMap((item) => (item.type === 'item_reference' ? (parseItemId(String(item.id)) ?? []) : []));
    return ids.length === 0 ? new Map() : responses.findItems(owner, ids);
  };

  /** Items with ids of their own; a reference becomes a copy of the item it stands for. */
  const ofItems = async (owner: Owner, input: Exclude<Input, string>): Promise<StoredItem[]> => {
    const found = await findReferred(owner, input);
    const stored = input.map((item) => {
      if (item.type !== 'item_reference') return toStoredItem(item);
      const target = found.get(parseItemId(String(item.id)) ?? '');
      if (target === undefined) throw errors.invalidInput(`Item with id '${String(item.id)}' not found.`);
      return toStoredItem(target);
    });
    return withOurApprovalIds(input, stored);
  };

  return {
    /**
     * What the run continues, by the UUIDs of what the body names. At once where there is nothing to be read.
     *
     * @throws 400 for an unknown or unfinished response, 404 for an unknown conversation
     */
    history(
      owner: Owner,
      body: CreateResponseBody,
      conversationId: string | null,
      previousId: string | null,
    ): History | Promise<History> {
      if (previousId !== null) return ofResponse(owner, previousId, body.previous_response_id as string);
      if (conversationId !== null) return ofConversation(owner, conversationId, conversationName(body) ?? '');
      return noHistory;
    },

    /** What the run is sent. At once where it is a text. @throws 400 for a reference to an item that is not there */
    input(owner: Owner, input: CreateResponseBody['input']): StoredItem[] | Promise<StoredItem[]> {
      if (input === undefined || input === null) return [];
      if (typeof input !== 'string') return ofItems(owner, input);
      return [toUserMessage(input)];
    },

    /** Reads a conversation again where it has grown since `planned`. */
    async current(owner: Owner, conversationId: string, planned: History): Promise<Item[]> {
      const sequence = await conversations.findSequence(owner.projectId, conversationId);
      const isCurrent = sequence === null || sequence === planned.sequence;
      const context = isCurrent ? null : await conversations.findContext(owner, conversationId);
      return context?.items ?? planned.items;
    },
  };
}

/** The id of the conversation that a body names, as it was sent. */
export const conversationName = (body: CreateResponseBody): string | null =>
  typeof body.conversation === 'string' ? body.conversation : (body.conversation?.id ?? null);

/** Approval requests that are sent along have ids of ours now; the answers to them have to name those. */
function withOurApprovalIds(sent: readonly { type: string; id?: unknown }[], stored: StoredItem[]): StoredItem[] {
  if (!stored.some(({ item }) => item.type === 'mcp_approval_response')) return stored;
  const ours = new Map(
    sent.flatMap(({ id }, index) =>
      stored[index]?.item.type === 'mcp_approval_request' ? [[id, stored[index].item.id] as const] : [],
    ),
  );
  return stored.map(({ uuid, item }) =>
    item.type === 'mcp_approval_response' && 'approval_request_id' in item && ours.has(item.approval_request_id)
      ? { uuid, item: { ...item, approval_request_id: ours.get(item.approval_request_id) } }
      : { uuid, item },
  );
}
