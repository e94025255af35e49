import type { z } from 'zod';

/** Reads a model's JSON arguments leniently: what does not fit the schema becomes the schema's defaults. */
export function readArguments<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let value: unknown = {};
  try {
    value = JSON.parse(text);
  } catch {
    // Models do write broken JSON; the call then runs with what the defaults say.
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : schema.parse({});
}
