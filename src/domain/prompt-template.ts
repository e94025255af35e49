import { type ContentPart, textOf } from './content.js';
import { errors } from './errors.js';

const PLACEHOLDER = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

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
