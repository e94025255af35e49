import { type ContentPart, textOf } from './content.js';
import { errors } from './errors.js';

const PLACEHOLDER = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

/**
 * Every value given has to have its place: declared by the prompt, or named in its text. Images and files have none in a text.
 *
 * @throws 400 on `prompt.variables.<name>`
 */
export function checkVariables(
  template: string | null,
  variables: Record<string, unknown>,
  defaults: Record<string, unknown>,
): void {
  const names = Object.keys(variables);
  if (names.length === 0) return;
  const placeholders = new Set([...(template ?? '').matchAll(PLACEHOLDER)].map(([, name]) => name));
  for (const name of names) {
    const param = `prompt.variables.${name}`;
    if (!Object.hasOwn(defaults, name) && !placeholders.has(name)) throw errors.unknownParameter(param);
    const value = variables[name];
    if (typeof value === 'object' && value !== null && !('text' in value))
      throw errors.unsupportedValue(param, `The variable '${name}' is text: images and files cannot be put into it.`);
  }
}

/**
 * Fills `{{name}}` placeholders. Values are put in as they are and never scanned again.
 *
 * @param variables given by the request
 * @param defaults declared by the prompt; null means the variable has none
 * @throws 400 on `prompt.variables.<name>` when a placeholder has neither value nor default
 */
export function renderTemplate(
  template: string,
  variables: Record<string, unknown>,
  defaults: Record<string, unknown>,
): string {
  return template.replaceAll(PLACEHOLDER, (_match, name: string) => {
    const given = Object.hasOwn(variables, name) ? variables : defaults;
    const value = Object.hasOwn(given, name) ? given[name] : null;
    if (value === null || value === undefined)
      throw errors.invalidParameter(
        'missing_required_parameter',
        `prompt.variables.${name}`,
        `The prompt needs a value for the variable '${name}'.`,
      );
    if (typeof value === 'object') return textOf([value as ContentPart]);
    return String(value);
  });
}
