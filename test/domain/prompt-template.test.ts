import { describe, expect, it } from '@jest/globals';
import { renderTemplate } from '../../src/domain/prompt-template.js';

describe('prompt templates', () => {
  it('put values and defaults in their places', () => {
    expect(renderTemplate('{{a}} and {{ b }}', { a: 'one' }, { b: 'two' })).toBe('one and two');
  });

  it('take the text of a content part', () => {
    expect(renderTemplate('{{a}}', { a: { type: 'input_text', text: 'part' } }, {})).toBe('part');
  });

  it('never scan a value for placeholders', () => {
    expect(renderTemplate('{{a}}{{b}}', { a: '{{b}}', b: '$&' }, {})).toBe('{{b}}$&');
  });

  it('name the variable that is missing', () => {
    expect(() => renderTemplate('{{who}}', {}, { who: null })).toThrow(
      expect.objectContaining({ status: 400, param: 'prompt.variables.who' }),
    );
  });

  it('do not find variables in what every object inherits', () => {
    expect(() => renderTemplate('{{constructor}}', {}, {})).toThrow(expect.objectContaining({ status: 400 }));
  });
});
