const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const HASH = 0x23;
const OPENING_PARENTHESIS = 0x28;
const CLOSING_PARENTHESIS = 0x29;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

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
    switch (text.charCodeAt(at)) {
      case OPENING_BRACE:
      case OPENING_BRACKET:
      case OPENING_PARENTHESIS:
        depth += 1;
        if (depth > MAX_NESTING) return true;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
      case CLOSING_PARENTHESIS:
        depth -= 1;
        break;
      case HASH:
        at = endOf(text, '\n', at);
        break;
      case QUOTE:
        at = text.startsWith('"""', at) ? endOfBlock(text, at) : endOfString(text, at);
    }
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
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    // A string ends with its line; the parser refuses it there.
    if (code === LINE_FEED) return text.length;
    if (code === BACKSLASH) at += 1;
  }
  return at;
}
