import DataLoader from 'dataloader';
import type { Conversation } from '../../domain/conversation.js';
import type { Principal } from '../../domain/principal.js';
import type { Services } from '../../services/index.js';
import { byId } from './by-id.js';

export const createConversationLoader = ({ conversations }: Services, principal: Principal) =>
  new DataLoader<string, Conversation | null>(async (ids) => byId(ids, await conversations.findMany(principal, ids)));
