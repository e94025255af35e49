import DataLoader from 'dataloader';
import type { Principal } from '../../domain/principal.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createResponseLoader = ({ responses }: Services, principal: Principal) =>
  new DataLoader<string, ResponseRecord | null>(async (ids) => byId(ids, await responses.findMany(principal, ids)));
