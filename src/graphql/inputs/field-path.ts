/** Parameters whose GraphQL name is not just the camelCase of the API's. */
const RENAMED: Record<string, string> = {
  conversation: 'conversationId',
  max_tokens: 'maxOutputTokens',
  response_id: 'id',
};

const camel = (name: string): string =>
  name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Where a parameter of the API is in a GraphQL input: `tools[0].name` → `tools[0].function.name`. The input itself tells:
 * where the API has a member and the input has a single choice (`function`, `message`, `items`), the path goes through it.
 * What is inside `json` is spelled as the API spells it.
 *
 * @param param the API's path of the field, null if the fault has none
 */
export function toFieldPath(param: string | null, input: unknown): string | null {
  if (param === null || param === '') return null;
  // An object of the API that is one field here: `expires_after.seconds` is `expiresAfterSeconds`.
  const flat = camel(param.replaceAll('.', '_'));
  if (isObject(input) && Object.hasOwn(input, flat)) return flat;
  const steps = [...param.matchAll(/\[(\d+)\]|([^.[\]]+)/g)];
  let path = '';
  let at: unknown = input;
  let isWire: boolean | undefined = false;
  for (const [position, [, index, name]] of steps.entries()) {
    if (index !== undefined) {
      // A list behind a choice: `input[0]` is `input.items[0]`.
      const choice = isObject(at) ? onlyKey(at) : undefined;
      if (choice !== undefined && isObject(at)) {
        path += `.${choice}`;
        at = at[choice];
      }
      path += `[${index}]`;
      at = Array.isArray(at) ? at[Number(index)] : undefined;
      continue;
    }
    if (isWire) {
      path += `.${name}`;
      continue;
    }
    const key = memberOf(at, position === 0 ? (RENAMED[name as string] ?? (name as string)) : (name as string));
    path = path === '' ? key.path : `${path}.${key.path}`;
    isWire = key.isWire;
    at = isWire ? undefined : key.value;
  }
  return path;
}

function memberOf(at: unknown, name: string): { path: string; value: unknown; isWire?: boolean } {
  const own = (object: Record<string, unknown>): string | undefined =>
    [name, camel(name)].find((candidate) => Object.hasOwn(object, candidate));
  if (!isObject(at)) return { path: camel(name), value: undefined };
  const key = own(at);
  if (key !== undefined) return { path: key, value: at[key] };
  const choice = onlyKey(at);
  const chosen = choice === undefined ? undefined : at[choice];
  if (choice === 'json') return { path: `json.${name}`, value: undefined, isWire: true };
  if (choice === undefined || !isObject(chosen)) return { path: camel(name), value: undefined };
  const inner = own(chosen);
  return inner === undefined
    ? { path: `${choice}.${camel(name)}`, value: undefined }
    : { path: `${choice}.${inner}`, value: chosen[inner] };
}

/** The single member of an input that is a choice. */
function onlyKey(object: Record<string, unknown>): string | undefined {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return keys.length === 1 ? keys[0] : undefined;
}
