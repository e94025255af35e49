/** Far beyond what any rule allows, far below what the parser's and the validator's recursion can take. */
const MAX_NESTING = 200;
/** A shorter text cannot be nested deeply enough to matter. */
const MIN_LENGTH = 2 * MAX_NESTING;

/** Strings and comments may contain any number of brackets. */
const OPAQUE = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g;

/** Whether the brackets of a document are nested so deeply that parsing it could run out of stack. */
export function isNestedTooDeeply(text: string): boolean {
  if (text.length < MIN_LENGTH) return false;
  let depth = 0;
  for (const character of text.replaceAll(OPAQUE, '')) {
    if (character === '{' || character === '[' || character === '(') depth += 1;
    else if (character === '}' || character === ']' || character === ')') depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}
