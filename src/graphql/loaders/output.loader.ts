import DataLoader from 'dataloader';
import type { Item } from '../../domain/item.js';
import type { Principal } from '../../domain/principal.js';
import type { Services } from '../../services/index.js';

/** Output items by the response's id; none for a response that is not there. */
export const createOutputLoader = ({ responses }: Services, principal: Principal) =>
  new DataLoader<string, Item[]>(async (ids) => {
    const outputs = await responses.findOutputs(principal, ids);
    return ids.map((id) => outputs.get(id) ?? []);
  });
