import { type ClassType, Field, ObjectType } from 'type-graphql';
import type { Page } from '../../domain/page.js';

@ObjectType('PageInfo', { description: 'Where a page lies in its list.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether entries follow after `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether entries precede `startCursor`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry; null on an empty page.' })
  endCursor!: string | null;
}

/** One page of a Relay connection. */
export interface Connection<Row> {
  edges: { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: PageInfoType;
}

/** Declares `<name>Edge` and `<name>Connection` for a type and gives back the connection's class. */
export function defineConnection(name: string, noun: string, node: () => ClassType<object>): ClassType<object> {
  @ObjectType(`${name}Edge`, { description: `One entry of a list of ${noun}.` })
  class Edge {
    @Field(() => String, { description: 'Names this entry’s place; give it to `after` or `before`.' })
    cursor!: string;

    @Field(node, { description: 'The entry itself.' })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${noun}.` })
  class ConnectionOf {
    @Field(() => [Edge], { description: 'The entries with their cursors.' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'The entries alone.' })
    nodes!: object[];

    @Field(() => PageInfoType, { description: 'Whether the list goes on, and from where.' })
    pageInfo!: PageInfoType;
  }
  return ConnectionOf;
}

export function toConnection<Row>(page: Page<Row>, cursorOf: (row: Row) => string): Connection<Row> {
  const edges = page.rows.map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    nodes: page.rows,
    pageInfo: {
      hasNextPage: page.hasNext,
      hasPreviousPage: page.hasPrevious,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
