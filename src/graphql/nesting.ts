/** Far beyond what any rule allows, far below what the parser's and the validator's recursion can take. */
const MAX_NESTING = 200;
/** A shorter text cannot be nested deeply enough to matter. */
const MIN_LENGTH = 2 * MAX_NESTING;

/**
 * Whether the brackets of a document are nested so deeply that parsing it could run out of stack. One pass, whatever the text:
 * strings and comments, which may contain any number of brackets, are passed over.
 */
export function isNestedTooDeeply(text: string): boolean {
  if (text.length < MIN_LENGTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[' || character === '(') depth += 1;
    else if (character === '}' || character === ']' || character === ')') depth -= 1;
    else if (character === '#') at = endOf(text, '\n', at);
    else if (character === '"') at = text.startsWith('"""', at) ? endOfBlock(text, at) : endOfString(text, at);
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

/** Without an end it reaches to the end of the text; the parser stops there too. */
const endOf = (text: string, end: string, from: number): number => {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found;
};

function endOfBlock(text: string, start: number): number {
  let end = endOf(text, '"""', start + 3);
  while (text[end - 1] === '\\') end = endOf(text, '"""', end + 3);
  return end + 2;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    // A string ends with its line; the parser refuses it there.
    if (text[at] === '\n') return text.length;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at;
}
