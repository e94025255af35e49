import { z } from 'zod';

const TrustedDocumentsSchema = z.strictObject({
  files: z
    .array(z.string().min(1))
    .min(1)
    .describe('JSON files of texts by id, as GraphQL code generators and the Relay compiler write them.'),
  required: z.boolean().default(false).describe('Every key may run these and no others. Default false.'),
  required_for: z
    .array(z.string().regex(/^key_[0-9a-f]{32}$/, { message: "expected the id of a key, 'key_…'." }))
    .default([])
    .describe('Keys that may run these and no others.'),
});
export type TrustedDocumentsSettings = z.output<typeof TrustedDocumentsSchema>;

export const GraphQLSettings = z.strictObject({
  introspection: z
    .boolean()
    .default(true)
    .describe(
      'Clients may ask for the schema. Off, no error suggests a name and /schema.graphql is gone. Default true.',
    ),
  playground: z.boolean().default(true).describe('Serve the IDE at /playground. Default true.'),
  cost: z
    .boolean()
    .default(true)
    .describe('Results say in `extensions.cost` what their operation cost, and the limit. Default true.'),
  federation: z
    .boolean()
    .default(false)
    .describe('Serve the schema as a subgraph: `_service`, `_entities`. Default false.'),
  execution_seconds: z
    .number()
    .min(0.1)
    .max(3600)
    .default(30)
    .describe('How long an operation may take, unless it waits for a model. Default 30.'),
  operations_per_socket: z.int().min(1).max(1_000_000).default(100).describe('Operations at once on one WebSocket.'),
  operations_per_key: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(20_000)
    .describe('Operations of one key at once in one process, subscriptions among them. Default 20000.'),
  trusted_documents: TrustedDocumentsSchema.optional().describe('Documents that are known by their id.'),
});
