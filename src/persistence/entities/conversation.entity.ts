import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A conversation. Its items live on the thread of the same id, which also carries its own sequence. */
export const ConversationEntity = defineEntity({
  name: 'Conversation',
  tableName: 'conversations',
  properties: {
    projectId: p.uuid().primary(),
    id: p.uuid().primary(),
    metadata: p.json<Record<string, string>>(),
    endUser: p.text().nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    expiresAt: p.datetime(3).nullable(),
  },
});
export type ConversationEntity = InferEntity<typeof ConversationEntity>;
