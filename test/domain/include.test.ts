import { describe, expect, it } from '@jest/globals';
import { INCLUDABLE, type Includable, includeNothing, visibleItem } from '../../src/domain/include.js';
import type { Item } from '../../src/domain/item.js';

/** For each value of `include`: an item that has what it shows, and the item without it. */
const HIDDEN: Record<Includable, [whole: object, hidden: object]> = {
  'file_search_call.results': [
    { type: 'file_search_call', queries: ['q'], results: [{ text: 't' }] },
    { type: 'file_search_call', queries: ['q'], results: null },
  ],
  'web_search_call.results': [{ type: 'web_search_call', results: [{ url: 'u' }] }, { type: 'web_search_call' }],
  'web_search_call.action.sources': [
    { type: 'web_search_call', action: { type: 'search', query: 'q', sources: [{ url: 'u' }] } },
    { type: 'web_search_call', action: { type: 'search', query: 'q' } },
  ],
  'message.input_image.image_url': [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'x' },
        { type: 'input_image', image_url: 'u' },
      ],
    },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'x' },
        { type: 'input_image', image_url: null },
      ],
    },
  ],
  'computer_call_output.output.image_url': [
    { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: 'u' } },
    { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: null } },
  ],
  'code_interpreter_call.outputs': [
    { type: 'code_interpreter_call', code: 'x', outputs: [{ type: 'logs', logs: '1' }] },
    { type: 'code_interpreter_call', code: 'x', outputs: null },
  ],
  'reasoning.encrypted_content': [
    { type: 'reasoning', summary: [], encrypted_content: 'sealed' },
    { type: 'reasoning', summary: [] },
  ],
  'message.output_text.logprobs': [
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'x', annotations: [], logprobs: [{ token: 'x' }] }],
    },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'x', annotations: [], logprobs: [] }],
    },
  ],
};

const show = (item: object, ...include: Includable[]): object => visibleItem(item as Item, new Set(include));

describe.each(INCLUDABLE)('%s', (name) => {
  const [whole, hidden] = HIDDEN[name];

  it('is shown by its own name and by no other', () => {
    expect(show(whole, name)).toBe(whole);
    expect(show(whole)).toEqual(hidden);
    expect(show(whole, ...INCLUDABLE.filter((other) => other !== name))).toEqual(hidden);
  });

  it('leaves what is stored as it was, and copies nothing that hides nothing', () => {
    const before = structuredClone(whole);
    show(whole);
    expect(whole).toEqual(before);
    expect(visibleItem(hidden as Item, includeNothing)).toBe(hidden);
  });
});
