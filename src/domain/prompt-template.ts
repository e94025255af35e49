import { type ContentPart, textOf } from './content.js';
import { errors } from './errors.js';

const PLACEHOLDER = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

/** The variable names a template uses, each once, in order of appearance. */
export function placeholdersOf(template: string): string[] {
  return [...new Set(Array.from(template.matchAll(PLACEHOLDER), (match) => match[1] as string))];
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
    const value = Object.hasOwn(variables, name) ? variables[name] : (defaults[name] ?? undefined);
    if (value === undefined || value === null)
      throw errors.invalidParameter(
        'missing_required_parameter',
        `prompt.variables.${name}`,
        `The prompt needs a value for the variable '${name}'.`,
      );
    if (typeof value === 'object') return textOf([value as ContentPart]);
    return String(value);
  });
}
