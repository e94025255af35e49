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

export const toConnection = <Row>(page: Page<Row>, cursorOf: (row: Row) => string): Connection<Row> =>
  new ConnectionOfPage(page, cursorOf);

/** What is not asked for is not made: most lists are asked for their nodes alone. */
class ConnectionOfPage<Row> implements Connection<Row> {
  constructor(
    private readonly page: Page<Row>,
    private readonly cursorOf: (row: Row) => string,
  ) {}

  get nodes(): Row[] {
    return this.page.rows;
  }

  get edges(): Connection<Row>['edges'] {
    return this.page.rows.map((node) => ({ cursor: this.cursorOf(node), node }));
  }

  get pageInfo(): PageInfoType {
    const { rows, hasNext, hasPrevious } = this.page;
    const cursorAt = (place: number): string | null => {
      const row = rows.at(place);
      return row === undefined ? null : this.cursorOf(row);
    };
    return { hasNextPage: hasNext, hasPreviousPage: hasPrevious, startCursor: cursorAt(0), endCursor: cursorAt(-1) };
  }
}
