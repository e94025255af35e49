import type { JsonObject } from '../../json.js';
import type { Facts } from './facts.js';
import type { Filled } from './filled.js';
import { formats } from './formats.js';
import { matchesPattern, sampleOf } from './pattern.js';

const placeKey =
  /(^|_|\b)(city|town|place|location|country|region|state|destination|origin|address|area|where|from|to)s?$/i;
const nameKey = /(name|person|user|customer|author|owner|recipient|contact|who)$/i;
const textKey =
  /^(q|query|question|text|input|message|prompt|content|body|search|description|summary|answer|response|comment|reason|topic)$/i;

/** Longest text taken over as a whole. */
const maxWhole = 1_000;

/** A string for a property: what the text gives for it, otherwise the nearest thing that the schema allows. */
export function fillString(rules: JsonObject, key: string, facts: Facts, isOptional = false): Filled | null {
  const format = typeof rules.format === 'string' ? formats.get(rules.format) : undefined;
  const fits = (value: string): boolean =>
    (format?.test(value) ?? true) && (typeof rules.pattern !== 'string' || matchesPattern(rules.pattern, value));
  const shape = (value: string | null): string | null => {
    if (value === null) return null;
    const sized = toLength(value, rules);
    return sized !== null && fits(sized) ? sized : null;
  };
  const found =
    shape(facts.labelled(key)) ?? (format === undefined ? null : shape(facts.ofFormat(String(rules.format))));
  if (found !== null) return { value: found, isFound: true };
  if (format !== undefined) return made(shape(format.empty));
  if (typeof rules.default === 'string') return made(shape(rules.default));

  const word = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  if (placeKey.test(word)) {
    const place = shape(facts.takePlace());
    if (place !== null) return { value: place, isFound: true };
  }
  if (nameKey.test(word)) {
    const name = shape(facts.takeNamed());
    if (name !== null) return { value: name, isFound: true };
  }
  if (isOptional) return made(shape('') ?? patterned(rules, shape));
  const guesses = textKey.test(key)
    ? [() => facts.text.slice(0, maxWhole)]
    : [facts.takeQuoted, facts.takeProperNoun, () => facts.text.slice(0, maxWhole)];
  for (const guess of guesses) {
    const value = shape(guess());
    if (value !== null && value !== '') return made(value);
  }
  return made(shape('') ?? patterned(rules, shape));
}

const made = (value: string | null): Filled | null => (value === null ? null : { value, isFound: false });

function patterned(rules: JsonObject, shape: (value: string) => string | null): string | null {
  const sample = typeof rules.pattern === 'string' ? sampleOf(rules.pattern) : null;
  return sample === null ? null : shape(sample);
}

/** Cut at whole code points, or filled up with dots, to the length that the schema asks for. */
function toLength(value: string, rules: JsonObject): string | null {
  const min = typeof rules.minLength === 'number' ? rules.minLength : 0;
  const max = typeof rules.maxLength === 'number' ? rules.maxLength : Number.POSITIVE_INFINITY;
  if (min > 10_000 || min > max) return null;
  const points = [...value];
  if (points.length > max) return points.slice(0, max).join('');
  return value + '.'.repeat(Math.max(0, min - points.length));
}
