import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A tenant. Its id leads every key of every tenant table. */
export const ProjectEntity = defineEntity({
  name: 'Project',
  tableName: 'projects',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    settings: p.json<Record<string, unknown>>().onCreate(() => ({})),
    createdAt: p.datetime(3).onCreate(() => new Date()),
  },
});
export type ProjectEntity = InferEntity<typeof ProjectEntity>;
