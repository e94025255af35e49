import { z } from 'zod';
import type { Clock } from '../../domain/clock.js';
import type { Conversation } from '../../domain/conversation.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parseItemId, parsePublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { MetadataFilter } from '../../domain/list-filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import { knownPage } from '../cursors.js';
import { readItemPage } from '../item-pages.js';
import { InputItem, toStoredItem } from '../items.schema.js';
import { Metadata, parseInput } from '../validation.js';

/** At most 20 items per create or append (limits section). */
const Items = z.array(InputItem).max(20);

/** Body of `POST /conversations`. */
export const CreateConversationBody = z.looseObject({ items: Items.nullish(), metadata: Metadata.nullish() });
/** Body of `POST /conversations/{id}`: the metadata map is replaced. */
export const UpdateConversationBody = z.looseObject({ metadata: Metadata.nullable() });
/** Body of `POST /conversations/{id}/items`. */
export const AddItemsBody = z.looseObject({ items: Items.min(1) });

export type ConversationService = ReturnType<typeof createConversationService>;

/** Conversations and their items. A response that runs in one appends to it by itself when it ends. */
export function createConversationService(
  conversations: ConversationRepository,
  compactions: CompactionItems,
  clock: Clock,
) {
  const toUuid = (id: string): string => {
    const uuid = parsePublicId('conversation', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };
  const newItems = (projectId: string, inputs: z.output<typeof Items>) => {
    for (const [index, input] of inputs.entries())
      if (input.type === 'item_reference')
        throw errors.invalidValue(`items[${index}].type`, 'An item reference cannot be stored in a conversation.');
    const items = inputs.map(toStoredItem);
    // One that cannot be read would make every run in the conversation fail.
    for (const [index, { item }] of items.entries())
      compactions.check(projectId, item, `items[${index}].encrypted_content`);
    return items;
  };
  const toRows = (items: readonly { uuid: string; item: Item }[]) =>
    items.map(({ uuid, item }) => ({ id: uuid, payload: JSON.stringify(item) }));

  return {
    /** @throws 400 for a bad body */
    async create(principal: Principal, unchecked: unknown): Promise<Conversation & { items: Item[] }> {
      const body = parseInput(CreateConversationBody, unchecked ?? {});
      const items = newItems(principal.projectId, body.items ?? []);
      const conversation: Conversation = {
        projectId: principal.projectId,
        id: newUuid(),
        metadata: body.metadata ?? {},
        endUser: principal.endUser,
        createdAtMs: clock.now(),
      };
      await conversations.create(principal.projectId, conversation, toRows(items));
      return { ...conversation, items: items.map(({ item }) => item) };
    },

    /** Null if there is none by this public id. */
    async find(principal: Principal, id: string): Promise<Conversation | null> {
      const uuid = parsePublicId('conversation', id);
      return uuid === null ? null : conversations.find(principal, uuid);
    },

    /** @throws 404 */
    async get(principal: Principal, id: string): Promise<Conversation> {
      const conversation = await this.find(principal, id);
      if (conversation === null) throw errors.notFound(id);
      return conversation;
    },

    findMany: (principal: Principal, ids: readonly string[]): Promise<Conversation[]> =>
      conversations.findMany(principal, ids),

    list: async (
      principal: Principal,
      page: PageRequest<string>,
      filter: MetadataFilter = {},
    ): Promise<Page<Conversation>> => knownPage(page, await conversations.list(principal, page, filter)),

    /** Replaces the metadata; null empties it. @throws 404, 400 */
    async update(principal: Principal, id: string, unchecked: unknown): Promise<Conversation> {
      const body = parseInput(UpdateConversationBody, unchecked);
      const updated = await conversations.updateMetadata(principal, toUuid(id), body.metadata ?? {});
      if (updated === null) throw errors.notFound(id);
      return updated;
    },

    /** @throws 404 */
    async delete(principal: Principal, id: string): Promise<void> {
      if (!(await conversations.delete(principal, toUuid(id)))) throw errors.notFound(id);
    },

    /** Appends items in the order given; always succeeds while a run goes on there. @throws 404, 400 */
    async addItems(principal: Principal, id: string, unchecked: unknown): Promise<Item[]> {
      const body = parseInput(AddItemsBody, unchecked);
      const uuid = toUuid(id);
      const items = newItems(principal.projectId, body.items);
      const added = await conversations.append(principal, uuid, toRows(items));
      if (!added) throw errors.notFound(id);
      return items.map(({ item }) => item);
    },

    /** Items in the conversation's order. Cursors are public item ids. @throws 404, 400 on an unknown cursor */
    listItems: (principal: Principal, id: string, page: PageRequest<string>): Promise<Page<Item>> =>
      readItemPage(id, page, (byUuid) => conversations.listItems(principal, toUuid(id), byUuid)),

    /** The first items of many conversations, by UUID; unknown ones are empty. */
    listItemsOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<Item>>> => conversations.listItemsOfMany(principal, uuids, page),

    /** @throws 404 */
    async getItem(principal: Principal, id: string, itemId: string): Promise<Item> {
      const uuid = parseItemId(itemId);
      const item = uuid === null ? null : await conversations.findItem(principal, toUuid(id), uuid);
      if (item === null) throw errors.notFound(itemId);
      return item;
    },

    /** Takes an item out; answers the conversation. @throws 404 */
    async deleteItem(principal: Principal, id: string, itemId: string): Promise<Conversation> {
      const uuid = parseItemId(itemId);
      const removed = uuid !== null && (await conversations.removeItem(principal, toUuid(id), uuid));
      if (!removed) throw errors.notFound(itemId);
      return this.get(principal, id);
    },
  };
}
