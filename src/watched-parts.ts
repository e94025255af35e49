import type { Metrics } from './observability/metrics.js';
import type { BatchCounts } from './persistence/batcher.js';
import type { Orm } from './persistence/orm.js';
import type { AccessService } from './services/access/access.service.js';
import type { ConversationFeeds } from './services/conversations/conversation-feeds.js';
import type { ModelRouter } from './services/models/model-router.js';
import type { EventLog } from './services/responses/event-log.js';
import type { Responses } from './services/responses/index.js';
import type { RunStore } from './services/responses/run-store.js';
import type { MeteredCalls } from './services/usage/metered-calls.js';

export interface WatchedParts {
  responses: Responses;
  calls: MeteredCalls;
  eventLog: EventLog;
  feeds: ConversationFeeds;
  router: ModelRouter;
  store: RunStore;
  access: AccessService;
  orm: Pick<Orm, 'waiting'>;
}

/** What `/metrics` reads off the parts when it is asked. */
export function watchParts(metrics: Metrics, parts: WatchedParts): void {
  const { responses, calls, eventLog, feeds, router, store, access, orm } = parts;
  metrics.watch('runs', 'Runs of this process right now.', responses.running);
  metrics.watch('model_calls', 'Model calls beside the runs right now.', () => calls.size);
  metrics.watch('followers', 'Readers that wait for the next event of a run.', () => eventLog.waiting());
  metrics.watch('resting_targets', 'Places of models that keep failing and are left alone.', router.resting);
  metrics.watch('conversation_followers', 'Readers that follow a conversation.', () => feeds.readers);
  metrics.watch('writes_waiting', 'Beginnings and ends of runs that wait to be written.', () => store.waiting);
  metrics.watch('statements_waiting', 'Statements that wait for a connection to the database.', () => orm.waiting);
  metrics.watch('keys_waiting', 'Requests whose keys are being looked up.', () => access.looking);

  const writes = { ...store.counts, events: eventLog.counts };
  const writesBy = (of: keyof BatchCounts) => () =>
    Object.fromEntries(Object.entries(writes).map(([kind, counts]) => [kind, counts[of]]));
  metrics.follow('write_batches_total', 'Statements of the write path, by what they write.', writesBy('batches'));
  metrics.follow(
    'writes_total',
    'What those statements were about: beginnings, ends, bills, runs with events.',
    writesBy('rows'),
  );
  metrics.follow(
    'write_batches_repeated_total',
    'Statements that failed and were repeated one by one.',
    writesBy('repeated'),
  );
}
