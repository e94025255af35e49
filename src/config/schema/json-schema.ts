import { z } from 'zod';
import { AntiphonConfig } from './index.js';

/** The config file for editors: JSON Schema (draft 7, which they know), made of what the server itself checks. */
export function printConfigSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(AntiphonConfig, {
    io: 'input',
    target: 'draft-7',
    // `${NAME}` may stand for all or a part of any text.
    override: ({ jsonSchema }) => {
      delete jsonSchema.format;
    },
  });
  return {
    $schema,
    title: 'antiphon.config.yaml',
    description: 'Providers, model routes, prices, limits and tools of an Antiphon server.',
    ...schema,
  };
}
