import DataLoader from 'dataloader';
import type { Principal } from '../../domain/principal.js';
import type { Prompt } from '../../domain/prompt.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createPromptLoader = ({ prompts }: Services, principal: Principal) =>
  new DataLoader<string, Prompt | null>(async (ids) => byId(ids, await prompts.findMany(principal, ids)));
