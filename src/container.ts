import { startChores } from './chores.js';
import type { AntiphonConfig } from './config/schema/index.js';
import { createConfiguration } from './configuration.js';
import { createProviders } from './configured-providers.js';
import { openRateCounts } from './configured-rate-counts.js';
import { createStorage } from './configured-storage.js';
import { type Clock, systemClock } from './domain/clock.js';
import { newUuid } from './domain/ids.js';
import { type Limits, limitsOf } from './limits.js';
import type { Logger } from './observability/logger.js';
import { LoopDelay } from './observability/loop-delay.js';
import { createMetrics, type Metrics } from './observability/metrics.js';
import type { DatabaseSettings } from './persistence/database.js';
import { createJobQueue } from './persistence/job-queue.js';
import { migrate } from './persistence/migrate.js';
import { createNotifier } from './persistence/notifier.js';
import { createOrm } from './persistence/orm.js';
import { createBudgetRepository } from './persistence/repositories/budget.repository.js';
import { createConversationRepository } from './persistence/repositories/conversation.repository.js';
import { createConversationChangesRepository } from './persistence/repositories/conversation-changes.repository.js';
import { createEventRepository } from './persistence/repositories/event.repository.js';
import { createItemRepository } from './persistence/repositories/item.repository.js';
import { createPromptRepository } from './persistence/repositories/prompt.repository.js';
import { createRunRepository } from './persistence/repositories/run.repository.js';
import { createSettingRepository } from './persistence/repositories/setting.repository.js';
import { createThresholdRepository } from './persistence/repositories/threshold.repository.js';
import { createWriterConnection } from './persistence/writer-connection.js';
import { createLocalModelServer } from './providers/local/supervisor.js';
import { createLocalTokenCounter } from './providers/local/token-counter.js';
import { createAddressGuard } from './providers/safe-http/address-guard.js';
import { createSafeFetch } from './providers/safe-http/safe-fetch.js';
import { createSafeHttp } from './providers/safe-http/safe-http.js';
import { checkSecret } from './services/access/check-secret.js';
import { createAccess } from './services/access/index.js';
import { createSealer } from './services/access/sealer.js';
import { AdmissionGate } from './services/admission/gate.js';
import { createChatService } from './services/chat/chat.service.js';
import { createCompactionItems } from './services/compaction/compaction-items.js';
import { createCompactor } from './services/compaction/compactor.js';
import { createContextService } from './services/context/context.service.js';
import { createConversationService } from './services/conversations/conversation.service.js';
import { createConversationFeeds } from './services/conversations/conversation-feeds.js';
import { createConversationFollower } from './services/conversations/conversation-follower.js';
import { createEmbeddingService } from './services/embeddings/embedding.service.js';
import type { Services } from './services/index.js';
import { createItemService } from './services/item.service.js';
import { createKnowledge } from './services/knowledge/index.js';
import { createRateLimiter } from './services/limits/rate-limiter.js';
import { createModelService } from './services/models/model.service.js';
import { createModelRouter } from './services/models/model-router.js';
import { createMoney } from './services/money/index.js';
import { createPromptService } from './services/prompts/prompt.service.js';
import { createEventLog } from './services/responses/event-log.js';
import { createResponses } from './services/responses/index.js';
import { createRunEntry } from './services/responses/run-entry.js';
import { createRunStore } from './services/responses/run-store.js';
import { createUsage } from './services/usage/index.js';
import { createMeteredCalls } from './services/usage/metered-calls.js';
import { gathered, withFallback } from './services/usage/token-counter.js';
import { createWeb } from './services/web-search/index.js';
import { createWebhooks } from './services/webhooks/index.js';
import { createFileSearchTool } from './tools/file-search/index.js';
import { createMcpConnector } from './tools/mcp/connector.js';
import { createToolRegistry } from './tools/registry.js';
import { createWebSearchTool } from './tools/web-search/index.js';
import { watchParts } from './watched-parts.js';

export interface ContainerOptions {
  database: DatabaseSettings;
  /** No other process uses this database: what an earlier one left can be ended at once. */
  ownsDatabase: boolean;
  /** Redis in which rate limits are counted. Default: none. */
  redisUrl?: string | null;
  secret: string;
  /** Folder of uploaded files. Made when the first one comes. */
  filesDir: string;
  config: AntiphonConfig;
  /** One upstream for every model name, as the environment names it. */
  upstream: { baseUrl: string; apiKey: string | null } | null;
  logger: Logger;
  clock?: Clock;
  /** The model that tests steer by directives in the prompt. Never on in production. */
  enableScriptModel?: boolean;
  /** Pause between the tokens the built-in model streams, so that its streams can be watched. Default 0. */
  builtInPaceMs?: number;
  /** Runs instead of the built-in model's program, for tests of what happens without it. */
  builtInCommand?: { file: string; args: readonly string[] };
  limits?: Partial<Limits>;
  /** Draws targets of models by their weights; from 0 to below 1. Default: `Math.random`. */
  random?: () => number;
}

export interface Container {
  services: Services;
  metrics: Metrics;
  /** Followers that wait right now, for tests. */
  followers(): number;
  /**
   * Goes on with another configuration; requests under way keep what they began with. Answers what is
   * different and waits for the next start, by its place in the file.
   */
  reload(config: AntiphonConfig): Promise<string[]>;
  /** Takes up files whose ingestion was lost; by itself it happens once a minute. */
  recoverIngestion(): Promise<void>;
  /** Takes no more runs and waits for the present ones, for a while. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** The one place where parts are made and joined, top to bottom; closed in reverse. */
export async function createContainer(options: ContainerOptions): Promise<Container> {
  const { logger, database, config } = options;
  const clock = options.clock ?? systemClock;
  const limits = limitsOf(config, options.limits);
  const owner = newUuid();
  const metrics = createMetrics();
  const closing: (() => Promise<unknown> | unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.reverse()) await close();
  };

  try {
    // New work is refused long before: what else comes, reads above all, may wait for as many places again.
    const orm = await createOrm(database, () => 2 * limits.maxDatabaseQueue);
    closing.push(() => orm.close());
    await migrate(orm.mikro, database.url, clock.now());

    const writer = () => {
      const connection = createWriterConnection(database.url);
      closing.push(() => connection.close());
      return connection;
    };
    const notifier = createNotifier(database.url, (err) =>
      logger.warn({ err }, 'the notification connection was lost'),
    );
    closing.push(() => notifier.close());
    // Kinds of jobs are defined by the services below; the queue starts when all of them are known.
    const jobs = createJobQueue({ databaseUrl: database.url, sql: orm.sql, notifier, logger });
    const sealer = createSealer(options.secret);
    await checkSecret(createSettingRepository(orm.sql), sealer);

    const conversationRows = createConversationRepository(orm.mikro, orm.sql);
    const events = createEventRepository(orm.sql);
    const runs = createRunRepository(orm.sql);
    const budgets = createBudgetRepository(orm.sql);
    const thresholds = createThresholdRepository(orm.sql);
    const { access, keyWatch, projects, apiKeys, ...keys } = createAccess({
      orm,
      notifier,
      budgets,
      sealer,
      clock,
      logger,
    });
    closing.push(() => keys.close());
    const money = createMoney({
      orm,
      notifier,
      budgets,
      thresholds,
      clock,
      logger,
      onBudgets: access.forget,
      onNotices: () => webhooks.deliverer.relay(),
      perGbDay: () => limits.storageGbDay,
    });
    const usage = createUsage({ sql: orm.sql, notifier, owner, clock, logger });
    closing.push(() => usage.feed.close());

    const localModel = createLocalModelServer({
      ...(options.builtInCommand === undefined ? {} : { command: options.builtInCommand }),
      logger,
      enableScript: options.enableScriptModel ?? false,
      paceMs: options.builtInPaceMs ?? 0,
    });
    closing.push(() => localModel.close());
    // Every address that is not the operator's own is called through this.
    const guard = createAddressGuard();
    const outside = createSafeHttp(guard);
    closing.push(() => outside.close());
    const localCounter = createLocalTokenCounter(() => localModel.socketPath());
    closing.push(() => localCounter.close());
    const counter = withFallback(gathered(localCounter));
    const mcpFetch = createSafeFetch(guard, { maxBytes: MAX_MCP_ANSWER });
    closing.push(() => mcpFetch.close());
    const connector = createMcpConnector({
      fetch: (url, init) => mcpFetch.fetch(url, init),
      refusal: (url) => mcpFetch.refusal(url),
      limits,
    });
    const providers = createProviders({ ...options, localSocket: () => localModel.socketPath() });
    closing.push(() => providers.close());
    const router = createModelRouter(money.priceBook);

    const knowledge = await createKnowledge({
      databaseUrl: database.url,
      sql: orm.sql,
      notifier,
      jobs,
      router,
      logger,
      clock,
      calls: () => calls,
      onSearched: metrics.searched,
      blobs: createStorage(config.knowledge.storage, options.filesDir, logger),
      limits,
      embeddingModel: config.knowledge.embedding_model,
      vectorIndex: config.knowledge.vector_index,
      vectorCacheBytes: config.knowledge.vector_cache_bytes,
    });
    closing.push(() => knowledge.close());
    const web = createWeb({ http: outside, logger, now: () => clock.now() });
    closing.push(() => web.close());

    const compactions = createCompactionItems(sealer);
    const compactor = createCompactor(counter);
    const conversations = createConversationService(conversationRows, compactions, clock);
    const prompts = createPromptService(createPromptRepository(orm.mikro, orm.sql), sealer);
    const eventLog = createEventLog({ events, writer: writer(), notifier, owner, flushPauseMs: limits.flushPauseMs });
    const now = () => clock.now();
    const webhooks = createWebhooks({
      sql: orm.sql,
      transaction: orm.transaction,
      http: outside,
      guard,
      sealer,
      jobs,
      logger,
      now,
      retries: limits.webhookRetries,
      retryDelaySeconds: limits.webhookRetrySeconds,
    });
    const changes = createConversationChangesRepository(orm.sql);
    const feeds = createConversationFeeds({
      changes,
      notifier,
      owner,
      onError: (err) => logger.warn({ err }, 'changes of followed conversations were not read'),
    });
    const store = createRunStore({
      beginWriter: writer(),
      finishWriter: writer(),
      budgets,
      thresholds,
      runs,
      owner,
      clock,
      currency: config.currency,
      onNotices: webhooks.deliverer.relay,
      onThresholds: () => void money.tellThresholds(),
      onConversations: feeds.notice,
      onBooked: (bill) => {
        metrics.booked(bill, bill.status);
        usage.feed.booked(bill.projectId);
      },
      onLost: ({ responseId }, err) => logger.error({ err, responseId }, 'a ledger row was lost'),
    });
    const rates = createRateLimiter(() => openRateCounts(options, { sql: orm.sql, owner, leaseMs: limits.leaseMs }));
    closing.push(() => rates.close());
    const entry = createRunEntry(rates);
    const loopDelay = new LoopDelay({ limitMs: () => limits.maxLoopDelayMs, observe: metrics.delayed });
    loopDelay.start();
    closing.push(() => loopDelay.stop());
    const gate = new AdmissionGate({
      limits,
      running: () => responses.running() + calls.size,
      waiting: () => store.waiting + access.looking + orm.waiting,
      waitedMs: () => store.waitedMs,
      aheadMs: () => store.aheadMs,
      loop: loopDelay,
      onRefused: metrics.refused,
    });
    const calls = createMeteredCalls({
      rates,
      counter,
      limiting: money.budgets.limiting,
      store,
      clock,
      logger,
      gate,
      limits,
    });
    const responses = createResponses({
      sql: orm.sql,
      notifier,
      conversations: conversationRows,
      events,
      runs,
      store,
      eventLog,
      calls,
      entry,
      gate,
      limiting: money.budgets.limiting,
      prompts,
      router,
      files: knowledge.inliner,
      checkStores: knowledge.checkStores,
      tools: createToolRegistry([createFileSearchTool(knowledge.fileSearch), createWebSearchTool(web)]),
      connector,
      counter,
      compactor,
      compactions,
      sealer,
      clock,
      logger,
      owner,
      limits,
    });
    closing.push(() => responses.close());

    watchParts(metrics, { responses, calls, eventLog, feeds, router, store, access, orm });

    const configuration = createConfiguration({
      options,
      limits,
      providers,
      router,
      rates,
      guard,
      web,
      spreading: { now, random: options.random ?? Math.random, onFallback: metrics.fellBack },
    });
    await configuration.use(config);

    await notifier.start();
    await money.priceBook.reload();
    if (options.ownsDatabase) await runs.expireAll();
    await responses.start();
    closing.push(() => store.idle());
    jobs.start();
    closing.push(() => jobs.close());
    webhooks.deliverer.start();
    closing.push(() => webhooks.deliverer.close());

    closing.push(startChores({ logger, clock, sql: orm.sql, money, usage, responses, rates }));

    const drain = async (): Promise<void> => {
      await Promise.all([responses.drain(limits.drainMs), calls.close(limits.drainMs)]);
    };
    return {
      services: {
        responses: responses.service,
        context: createContextService({
          planner: responses.planner,
          entry,
          counter,
          calls,
          compactor,
          compactions,
          clock,
        }),
        conversations,
        conversationFollower: createConversationFollower({ rates, gate, changes, feeds, follower: responses.follower }),
        items: createItemService(createItemRepository(orm.sql)),
        prompts,
        files: knowledge.files,
        vectorStores: knowledge.vectorStores,
        storeFiles: knowledge.storeFiles,
        webhooks: webhooks.service,
        models: createModelService(router),
        chat: createChatService({ router, calls, counter }),
        embeddings: createEmbeddingService({ router, calls, counter }),
        access,
        gate,
        keyWatch,
        budgets: money.budgets,
        usage: usage.reports,
        usageFeed: usage.feed,
        prices: money.prices,
        storagePrices: money.storagePrices,
        apiKeys,
        projects,
      },
      metrics,
      followers: () => eventLog.waiting() + feeds.readers + usage.feed.readers,
      reload: configuration.use,
      recoverIngestion: () => knowledge.recover(),
      drain,
      async close() {
        await drain();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Bytes of one answer of an MCP server. */
const MAX_MCP_ANSWER = 8 << 20;
