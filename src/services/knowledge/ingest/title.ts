const MAX_LENGTH = 100;

/**
 * What the name of a file says of its content, to be put in front of what is embedded of it: `holiday-policy_2026.pdf` →
 * `holiday policy 2026. `. Measured: a sentence out of the middle of a text is found more often with it.
 */
export function titleOf(filename: string): string {
  const name = filename
    .replace(/\.[a-z0-9]{1,8}$/i, '')
    .replaceAll(/[\s_.-]+/g, ' ')
    .trim();
  return /\p{L}{3}/u.test(name) ? `${name.slice(0, MAX_LENGTH).toWellFormed()}. ` : '';
}
