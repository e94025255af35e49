import { errors } from '../../domain/errors.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import { isTerminal, type ResponseRecord, type ResponseWithOutput } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Signal } from '../../domain/signal.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { ResponseFilter, ResponseRepository } from '../../persistence/repositories/response.repository.js';
import { ALL_MEMBERS, type ResponseMember } from '../../persistence/repositories/response-rows.js';
import { knownPage } from '../cursors.js';
import { readItemPage } from '../item-pages.js';
import type { EventLog } from './event-log.js';
import type { Follower, Place } from './follower.js';
import { createResponseStart, type ResponseStartOptions } from './response-start.js';

export interface ResponseServiceOptions extends ResponseStartOptions {
  responses: ResponseRepository;
  eventLog: EventLog;
  /** Tells the process that runs this response to stop it; there may be several processes. */
  requestCancel(responseId: string): Promise<void>;
  follower: Follower;
}

export type ResponseService = ReturnType<typeof createResponseService>;

/** The product's story: create a response, read it, follow it, end it. Ids in and out are public ids (`resp_…`). */
export function createResponseService(options: ResponseServiceOptions) {
  const { responses, live, eventLog, background, follower } = options;

  const toUuid = (id: string): string => {
    const uuid = parsePublicId('response', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };

  /** Whoever runs it ends it; one that waits ends here. */
  const stopElsewhere = async (projectId: string, uuid: string): Promise<void> => {
    if ((await background.cancel(projectId, uuid)) === 'asked') await options.requestCancel(uuid);
  };

  const service = {
    /** Null if there is none by this id (unknown, deleted, another project's, not stored). */
    async find(principal: Principal, id: string): Promise<ResponseWithOutput | null> {
      const uuid = parsePublicId('response', id);
      if (uuid === null) return null;
      const stored = await responses.find(principal, uuid);
      if (stored === null || isTerminal(stored.status)) return stored;
      // A run of this process knows what it has said so far.
      const run = live.find(principal.projectId, uuid);
      return run === undefined ? stored : run.current();
    },

    /** @throws 404 */
    async get(principal: Principal, id: string): Promise<ResponseWithOutput> {
      const response = await service.find(principal, id);
      if (response === null) throw errors.notFound(id);
      return response;
    },

    findMany: (principal: Principal, uuids: readonly string[]): Promise<ResponseRecord[]> =>
      responses.findMany(principal, uuids),

    findOutputs: (principal: Principal, uuids: readonly string[]): Promise<Map<string, Item[]>> =>
      responses.findOutputs(principal, uuids),

    /** Newest first by default. Keys are UUIDs. Reads the ids and no members that are not asked for. */
    list: async <Member extends ResponseMember>(
      principal: Principal,
      page: PageRequest<string>,
      filter: ResponseFilter,
      members: readonly Member[],
    ): Promise<Page<Pick<ResponseRecord, Member | 'id'>>> =>
      knownPage(page, await responses.list(principal, page, filter, members)),

    /** The responses of one conversation, by its UUID. */
    listOfConversation: (
      principal: Principal,
      conversationId: string,
      page: PageRequest<string>,
    ): Promise<Page<ResponseRecord>> => service.list(principal, page, { conversationId }, ALL_MEMBERS),

    /** The first responses of many conversations, by UUID. */
    listOfConversations: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<ResponseRecord>>> => responses.listOfConversations(principal, uuids, page),

    /** The first input items of many responses, by UUID. */
    listInputItemsOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<Item>>> => responses.listInputItemsOfMany(principal, uuids, page),

    /** What the caller sent as input. Cursors are public item ids. @throws 404, 400 on an unknown cursor */
    listInputItems: (principal: Principal, id: string, page: PageRequest<string>): Promise<Page<Item>> =>
      readItemPage(id, page, (byUuid) => responses.listInputItems(principal, toUuid(id), byUuid)),

    /**
     * Hides the response at once; if it is still running it is stopped, paid, and removed when it ends. Items stay that a
     * conversation or a later response uses. @throws 404
     */
    async delete(principal: Principal, id: string): Promise<void> {
      const uuid = toUuid(id);
      const hidden = await responses.hide(principal, uuid);
      if (hidden === null) throw errors.notFound(id);
      const run = live.find(principal.projectId, uuid);
      if (run !== undefined) {
        run.cancel();
        await run.settled.catch(() => undefined);
      } else if (hidden.running) {
        return stopElsewhere(principal.projectId, uuid);
      }
      await responses.purge(principal.projectId, uuid);
    },

    /**
     * Stops a background or streamed run; answers the response as it ended. A response that has ended already is given
     * back unchanged. @throws 404, 400 for a foreground run that nobody can follow
     */
    async cancel(principal: Principal, id: string): Promise<ResponseWithOutput> {
      const response = await service.get(principal, id);
      if (!response.logged && !response.background)
        throw errors.invalidParameter(
          'not_cancellable',
          'response_id',
          `Response '${id}' was not created in the background.`,
        );
      if (isTerminal(response.status)) return response;
      const run = live.find(principal.projectId, response.id);
      if (run !== undefined) {
        run.cancel();
        return run.settled;
      }
      await stopElsewhere(principal.projectId, response.id);
      return service.ended(principal, id);
    },

    /** Waits for a response that another process runs. */
    async ended(principal: Principal, id: string, signal?: Signal): Promise<ResponseWithOutput> {
      for (;;) {
        const response = await service.get(principal, id);
        if (isTerminal(response.status) || signal?.aborted === true) return response;
        await eventLog.changed(response.id, signal);
      }
    },

    /**
     * Every event with a number above `after` (-1: all), in order, without gaps, in batches as they come; ends after the
     * last. A response whose events were not kept is replayed from the record once it has ended. Unstored runs can be
     * followed in the process that runs them, until a minute after their end. @throws 404
     */
    async follow(principal: Principal, id: string, place: Place): Promise<AsyncGenerator<readonly ResponseEvent[]>> {
      const events = await follower.read(principal, toUuid(id), place);
      if (events === null) throw errors.notFound(id);
      return events;
    },
  };
  const { create, warmUp } = createResponseStart(options, service);
  return { create, warmUp, ...service };
}
