/** A regular expression that a whole text has to match. */
export interface Pattern {
  /** In JavaScript's syntax, anchored at both ends. */
  source: string;
  flags: string;
}

/** Flags in front of an expression, as Rust and Python write them. */
const LEADING_FLAGS = /^\(\?([a-z]+)\)/;
const FLAGS: Record<string, string> = { i: 'i', m: 'm', s: 's', u: '', U: '' };

/**
 * Reads the regular expression of a grammar (Rust's syntax, by the API's documentation) as JavaScript's. Named groups and
 * leading flags are translated; null for anything that JavaScript cannot read. Compiling is cheap whatever the expression;
 * only matching can take for ever, so that is left to the matcher.
 */
export function readPattern(definition: string): Pattern | null {
  let source = definition.replaceAll('(?P<', '(?<');
  let flags = 'u';
  const leading = LEADING_FLAGS.exec(source);
  if (leading !== null) {
    for (const flag of leading[1] ?? '') {
      const translated = FLAGS[flag];
      if (translated === undefined) return null;
      flags += translated;
    }
    source = source.slice(leading[0].length);
  }
  try {
    // By itself first: `a)|(?:b` would be readable only in the group below, and slip out of its anchors.
    new RegExp(source, flags);
  } catch {
    return null;
  }
  // Not ^ and $: those match at every line with the flag m.
  return { source: `(?<![^])(?:${source})(?![^])`, flags };
}
