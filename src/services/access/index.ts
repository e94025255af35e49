import type { Clock } from '../../domain/clock.js';
import type { Logger } from '../../observability/logger.js';
import type { Notifier } from '../../persistence/notifier.js';
import type { Orm } from '../../persistence/orm.js';
import { createApiKeyRepository } from '../../persistence/repositories/api-key.repository.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import { createProjectRepository } from '../../persistence/repositories/project.repository.js';
import { createAccessService } from './access.service.js';
import { createApiKeyService } from './api-key.service.js';
import { createClientTokens } from './client-tokens.js';
import { createKeyUses } from './key-uses.js';
import { createKeyWatch } from './key-watch.js';
import { createProjectService } from './project.service.js';
import type { Sealer } from './sealer.js';

export interface AccessOptions {
  orm: Orm;
  notifier: Notifier;
  budgets: BudgetRepository;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
}

/** Who may do what: keys and tokens, the projects they belong to, and the watch over what stays open. */
export function createAccess({ orm, notifier, budgets, sealer, clock, logger }: AccessOptions) {
  const keys = createApiKeyRepository(orm.sql);
  const uses = createKeyUses({ keys, logger });
  const access = createAccessService({
    keys,
    projects: createProjectRepository(orm.sql),
    budgets,
    uses,
    tokens: createClientTokens({ sealer, clock }),
    clock,
  });
  const keyWatch = createKeyWatch({
    authenticate: access.authenticate,
    onError: (err) => logger.warn({ err }, 'keys of open streams could not be looked at'),
  });
  const projects = createProjectService(orm);
  // What is believed of keys is forgotten first: the watch asks for them anew.
  notifier.on('antiphon_keys', (id) => {
    access.forget();
    void keyWatch.check(id);
  });
  notifier.onGap(() => {
    access.forget();
    void keyWatch.check(null);
  });
  return {
    access,
    keyWatch,
    projects,
    apiKeys: createApiKeyService({ ...orm, projects, clock, onChange: access.forget }),
    async close(): Promise<void> {
      keyWatch.close();
      await uses.close();
    },
  };
}
