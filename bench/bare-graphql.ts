import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { buildSchema, type DocumentNode, execute, parse, validate } from 'graphql';
import pg from 'pg';

/**
 * The unit of cost of a list: graphql-js on Fastify with parsed documents kept, over the gateway's own rows. No keys, no limits,
 * no loaders. Run as a child process with the database's URL as its argument; tells its parent the port.
 */
const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 10 });
const schema = buildSchema(`
  type Response { id: ID!  status: String!  model: String!  createdAt: String!  background: Boolean! }
  type Connection { nodes: [Response!]! }
  type Query { responses(first: Int!): Connection! }
`);

interface Row {
  id: string;
  status: string;
  model: string;
  created_at: Date;
  background: boolean;
}

const rootValue = {
  async responses({ first }: { first: number }) {
    const { rows } = await pool.query<Row>({
      name: 'list',
      text: 'select id, status, model, created_at, background from responses where deleted_at is null order by project_id desc, id desc limit $1',
      values: [first],
    });
    return {
      nodes: rows.map((row) => ({
        id: `resp_${row.id.replaceAll('-', '')}`,
        status: row.status.toUpperCase(),
        model: row.model,
        createdAt: row.created_at.toISOString(),
        background: row.background,
      })),
    };
  },
};

const documents = new Map<string, DocumentNode>();
const read = (query: string): DocumentNode => {
  const known = documents.get(query);
  if (known !== undefined) return known;
  const document = parse(query);
  const [fault] = validate(schema, document);
  if (fault !== undefined) throw fault;
  documents.set(query, document);
  return document;
};

const app = fastify();
app.post('/graphql', async (request) => {
  const { query } = request.body as { query: string };
  return execute({ schema, document: read(query), rootValue });
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (app.server.address() as AddressInfo).port });
process.on('disconnect', () => process.exit(0));
