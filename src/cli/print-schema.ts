import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { printConfigSchema } from '../config/schema/json-schema.js';
import { printGraphQLSchema } from '../graphql/index.js';
import { buildOpenApi } from '../rest/openapi/index.js';

/** Writes the published schemas. They are committed, so that a change of what they describe shows as a change of a file. */
const folder = path.resolve(process.argv[2] ?? 'schema');
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'schema.graphql'), printGraphQLSchema());
writeFileSync(path.join(folder, 'openapi.json'), `${JSON.stringify(buildOpenApi(), null, 2)}\n`);
writeFileSync(path.join(folder, 'antiphon-config.schema.json'), `${JSON.stringify(printConfigSchema(), null, 2)}\n`);
