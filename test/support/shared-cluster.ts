import { migrate } from '../../src/persistence/migrate.js';
import { createOrm } from '../../src/persistence/orm.js';
import { startTestCluster, type TestCluster } from './postgres.js';

/** The database that all test files of a run share; each takes copies of its migrated template. */
export const startSharedCluster = (): Promise<TestCluster> =>
  startTestCluster({
    databaseUrl: process.env.DATABASE_URL,
    async migrate(url) {
      const orm = await createOrm({ url });
      await migrate(orm.mikro, url, Date.now());
      await orm.close();
    },
  });
