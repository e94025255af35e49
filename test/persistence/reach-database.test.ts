import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { reachDatabase } from '../../src/persistence/reach-database.js';
import { createTestDatabase, withDatabase } from '../support/postgres.js';

it('a given database that answers is taken; one that is not there is named, and its password is not', async () => {
  const database = await createTestDatabase();
  await expect(reachDatabase(database.url)).resolves.toBeUndefined();
  await expect(reachDatabase(withDatabase(database.url, 'nowhere'))).rejects.toMatchObject({
    name: 'UnusableDatabaseError',
    message: 'DATABASE_URL: the database does not let us in: database "nowhere" does not exist.',
  });
  await database.drop();

  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  closed.close();
  await once(closed, 'close');
  await expect(reachDatabase(`postgres://someone:pass-word@127.0.0.1:${port}/x`)).rejects.toMatchObject({
    name: 'UnusableDatabaseError',
    message: expect.stringMatching(/^DATABASE_URL: the database does not let us in: (?!.*pass-word).*ECONNREFUSED/),
  });
});
