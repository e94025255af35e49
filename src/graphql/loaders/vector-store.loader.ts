import DataLoader from 'dataloader';
import type { Principal } from '../../domain/principal.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createVectorStoreLoader = ({ vectorStores }: Services, principal: Principal) =>
  new DataLoader<string, VectorStore | null>(async (ids) => byId(ids, await vectorStores.findMany(principal, ids)));
