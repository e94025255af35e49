import { Migration0001Initial } from './migration-0001-initial.js';
import { Migration0002Lifecycle } from './migration-0002-lifecycle.js';
import { Migration0003Webhooks } from './migration-0003-webhooks.js';
import { Migration0006CountChunks } from './migration-0006-count-chunks.js';
import { Migration0006Knowledge } from './migration-0006-knowledge.js';
import { Migration0007Access } from './migration-0007-access.js';
import { Migration0008Money } from './migration-0008-money.js';
import { Migration0009KeyRateLimits } from './migration-0009-key-rate-limits.js';
import { Migration0009RateLimits } from './migration-0009-rate-limits.js';
import { Migration0010Storage } from './migration-0010-storage.js';
import { Migration0010Thresholds } from './migration-0010-thresholds.js';
import { Migration0011ConversationFeeds } from './migration-0011-conversation-feeds.js';
import { Migration0011ListFilters } from './migration-0011-list-filters.js';
import { Migration0012Search } from './migration-0012-search.js';
import { Migration0013Quantized } from './migration-0013-quantized.js';
import { Migration0014StoragePrices } from './migration-0014-storage-prices.js';
import { Migration0015RoomForUpdates } from './migration-0015-room-for-updates.js';
import { Migration0016ThreadsOfForks } from './migration-0016-threads-of-forks.js';

/** Every migration in order. Released ones never change; a new one is added at the end. */
export const migrations = [
  Migration0001Initial,
  Migration0002Lifecycle,
  Migration0003Webhooks,
  Migration0006Knowledge,
  Migration0006CountChunks,
  Migration0007Access,
  Migration0008Money,
  Migration0009RateLimits,
  Migration0010Thresholds,
  Migration0010Storage,
  Migration0011ConversationFeeds,
  Migration0011ListFilters,
  Migration0012Search,
  Migration0009KeyRateLimits,
  Migration0013Quantized,
  Migration0014StoragePrices,
  Migration0015RoomForUpdates,
  Migration0016ThreadsOfForks,
];
