import type { Item, WebSearchCallItem } from './item.js';

/** What the tools of a response used, in the API's own spelling (response object section). */
export interface ToolUsage {
  image_gen: {
    input_tokens: number;
    input_tokens_details: { image_tokens: number; text_tokens: number };
    output_tokens: number;
    total_tokens: number;
  };
  web_search: { num_requests: number };
}

const NO_IMAGES: ToolUsage['image_gen'] = {
  input_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
  output_tokens: 0,
  total_tokens: 0,
};

const isSearch = (item: Item): boolean =>
  item.type === 'web_search_call' &&
  item.status === 'completed' &&
  (item as WebSearchCallItem).action?.type === 'search';

/** Counted from the output: searches that succeeded. Null where there are none; this server makes no images itself. */
export function toolUsageOf(output: readonly Item[]): ToolUsage | null {
  let searches = 0;
  for (const item of output) if (isSearch(item)) searches += 1;
  return searches === 0 ? null : { image_gen: NO_IMAGES, web_search: { num_requests: searches } };
}
