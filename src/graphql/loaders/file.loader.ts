import DataLoader from 'dataloader';
import type { File } from '../../domain/file.js';
import type { Principal } from '../../domain/principal.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createFileLoader = ({ files }: Services, principal: Principal) =>
  new DataLoader<string, File | null>(async (ids) => byId(ids, await files.findMany(principal, ids)));
