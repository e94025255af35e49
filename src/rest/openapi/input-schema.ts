import { hash } from 'node:crypto';
import { z } from 'zod';

/** Schemas that refer to themselves, by names of their own among the document's. */
export const recursive: Record<string, object> = {};

/** What a request has to look like, as JSON Schema. */
export const inputSchema = (schema: z.ZodType): object => {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  if (rest.$defs === undefined) return rest;
  // References are resolved from the whole document's root, not from this schema's. Equal definitions share a name.
  const prefix = hash('sha256', JSON.stringify(rest.$defs), 'hex').slice(0, 8);
  const moved = JSON.stringify(rest).replaceAll('"#/$defs/__schema', `"#/components/schemas/Recursive${prefix}x`);
  const { $defs, ...body } = JSON.parse(moved) as { $defs: Record<string, object> };
  for (const [name, definition] of Object.entries($defs))
    recursive[name.replace('__schema', `Recursive${prefix}x`)] = definition;
  return body;
};
