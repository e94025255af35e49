import type { Conversation } from '../../domain/conversation.js';
import { toPublicId } from '../../domain/ids.js';
import { visibleItem, visibleItems } from '../../domain/include.js';
import {
  AddItemsBody,
  CreateConversationBody,
  UpdateConversationBody,
} from '../../services/conversations/conversation.service.js';
import { defineRoute } from '../define-route.js';
import { IncludeQuery, readInclude } from '../include-query.js';
import { asSent, ItemListQuery, ListQuery, publicId, readListQuery, toList } from '../list-query.js';

const toWire = (conversation: Conversation) => ({
  id: toPublicId('conversation', conversation.id),
  object: 'conversation',
  created_at: Math.floor(conversation.createdAtMs / 1000),
  metadata: conversation.metadata,
});

/** Conversations (conversations section), and their list, which the seed contract adds. */
export const conversationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/conversations',
    operation: 'createConversation',
    summary: 'Create a conversation, with up to 20 items.',
    body: CreateConversationBody,
    status: 201,
    answers: 'Conversation',
    query: IncludeQuery,
    async handle({ principal, services, body, query }) {
      const include = readInclude(query);
      const conversation = await services.conversations.create(principal, body);
      return { ...toWire(conversation), items: visibleItems(conversation.items, include) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/conversations',
    operation: 'conversations',
    summary: 'List conversations.',
    query: ListQuery,
    answers: 'ConversationList',
    async handle({ principal, services, query }) {
      const request = readListQuery(query, publicId('conversation'));
      const page = await services.conversations.list(principal, request);
      return toList(page, page.rows.map(toWire), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/conversations/:id',
    operation: 'conversation',
    summary: 'Read a conversation.',
    answers: 'Conversation',
    handle: async ({ principal, services, params }) =>
      toWire(await services.conversations.get(principal, params.id as string)),
  }),
  defineRoute({
    method: 'POST',
    path: '/conversations/:id',
    operation: 'updateConversation',
    summary: 'Replace the metadata of a conversation.',
    body: UpdateConversationBody,
    answers: 'Conversation',
    handle: async ({ principal, services, params, body }) =>
      toWire(await services.conversations.update(principal, params.id as string, body)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/conversations/:id',
    operation: 'deleteConversation',
    summary: 'Delete a conversation. Responses that ran in it stay.',
    answers: 'DeletedConversation',
    async handle({ principal, services, params }) {
      const id = params.id as string;
      await services.conversations.delete(principal, id);
      return { id, object: 'conversation.deleted', deleted: true };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/conversations/:id/items',
    operation: 'addConversationItems',
    summary: 'Append up to 20 items.',
    body: AddItemsBody,
    answers: 'ItemList',
    query: IncludeQuery,
    async handle({ principal, services, params, body, query }) {
      const include = readInclude(query);
      const added = await services.conversations.addItems(principal, params.id as string, body);
      const items = visibleItems(added, include);
      return { ...toList({ rows: items, hasNext: false, hasPrevious: false }, items), items };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/conversations/:id/items',
    operation: 'conversationItems',
    summary: 'List the items of a conversation, newest first.',
    query: ItemListQuery,
    answers: 'ItemList',
    async handle({ principal, services, params, query }) {
      const include = readInclude(query);
      const request = readListQuery(query, asSent);
      const page = await services.conversations.listItems(principal, params.id as string, request);
      return toList(page, visibleItems(page.rows, include), request.fromEnd);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/conversations/:id/items/:itemId',
    operation: 'conversationItem',
    summary: 'Read one item.',
    answers: 'Item',
    query: IncludeQuery,
    async handle({ principal, services, params, query }) {
      const include = readInclude(query);
      const item = await services.conversations.getItem(principal, params.id as string, params.itemId as string);
      return visibleItem(item, include);
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/conversations/:id/items/:itemId',
    operation: 'deleteConversationItem',
    summary: 'Take an item out of the conversation.',
    answers: 'Conversation',
    handle: async ({ principal, services, params }) =>
      toWire(await services.conversations.deleteItem(principal, params.id as string, params.itemId as string)),
  }),
];
