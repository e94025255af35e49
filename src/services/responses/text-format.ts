import { textOf } from '../../domain/content.js';
import { errors, type GatewayError } from '../../domain/errors.js';
import { type Item, isFunctionCallOutput, isMessage } from '../../domain/item.js';
import type { TextFormat } from '../../providers/provider.js';
import type { SchemaChecker } from '../../tools/json-schema/checker.js';
import { findStrictFault } from '../../tools/json-schema/strict.js';

/**
 * A format that asks for JSON has to be one that can be followed (structured output section).
 *
 * @throws 400 `invalid_json_schema` on `text.format.schema`; 400 on `input` when `json_object` is asked for without a word of it
 */
export async function checkFormat(
  format: TextFormat,
  checker: SchemaChecker,
  said: { instructions: string | null; items: readonly Item[] },
): Promise<void> {
  if (format.type === 'json_object' && !mentionsJson(said.instructions, said.items))
    throw errors.invalidInput("The input must contain the word 'json' to use a 'text.format' of type 'json_object'.");
  if (format.type !== 'json_schema') return;
  const fault =
    (await checker.findSchemaFault(format.schema)) ?? (format.strict === true ? findStrictFault(format.schema) : null);
  if (fault !== null) throw errors.invalidJsonSchema(format.name, fault);
}

const mentionsJson = (instructions: string | null, items: readonly Item[]): boolean =>
  /json/i.test(instructions ?? '') ||
  items.some((item) => {
    if (isMessage(item)) return /json/i.test(textOf(item.content));
    return isFunctionCallOutput(item) && /json/i.test(textOf(item.output));
  });

/**
 * Whether the answer is what was asked for: a JSON object, or with `strict` JSON that follows the schema. An upstream that does
 * not keep its word makes the response fail; what it said stays in the output.
 *
 * @returns why not, or null
 */
export async function findFormatFault(
  format: TextFormat,
  checker: SchemaChecker,
  output: readonly Item[],
): Promise<GatewayError | null> {
  const isPromised = format.type === 'json_object' || (format.type === 'json_schema' && format.strict === true);
  const answer = isPromised ? output.findLast(isMessage) : undefined;
  if (answer === undefined || typeof answer.content === 'string') return null;
  if (!answer.content.some((part) => part.type === 'output_text')) return null;
  const schema = format.type === 'json_schema' ? format.schema : null;
  const fault = await checker.findTextFault(schema, textOf(answer.content));
  return fault === null ? null : errors.providerFailed(`The model did not answer in the format asked for: ${fault}`);
}
