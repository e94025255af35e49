import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A key by its SHA-256. The key itself is never stored; `hint` is what a list may show of it. */
export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    keyHash: p.blob().primary(),
    projectId: p.uuid(),
    id: p.uuid(),
    name: p.text(),
    hint: p.text(),
    scopes: p.array().$type<string[]>(),
    endUser: p.text().nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    expiresAt: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
  },
});
export type ApiKeyEntity = InferEntity<typeof ApiKeyEntity>;
