import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { startGateway } from '../processes.js';
import { commandOf, descendantsOf, rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';

/** How long an idle process is given to settle before its memory is read. */
const SETTLE_MS = 5000;

/**
 * `npm start` as a user types it: with a fresh data folder and nothing compiled before, then once more on the same folder.
 *
 * The project is mirrored by links into an empty folder, so that the first start cannot profit from an earlier one's cache.
 */
export async function measureStart(root: string, folder: string): Promise<Finding[]> {
  const project = path.join(folder, 'project');
  mkdirSync(project);
  for (const name of ['package.json', 'scripts', 'dist']) symlinkSync(path.join(root, name), path.join(project, name));
  const start = () =>
    startGateway({
      command: ['npm', 'start', '--silent'],
      cwd: project,
      dataDir: path.join(folder, 'start-data'),
      env: {},
      isPinned: false,
    });

  const cold = await start();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idleMiB = rssMiB(cold.pid);
  const models = descendantsOf(cold.pid).filter((pid) => /^(\S*\/)?node /.test(commandOf(pid)));
  await cold.stop();
  const warm = await start();
  await warm.stop();
  return [
    {
      scenario: 'npm start',
      figure: 'first start to ready',
      goal: 5,
      unit: 's',
      measured: once(cold.readyMs / 1000),
      note: 'fresh data folder, no compile cache',
    },
    {
      scenario: 'npm start',
      figure: 'next start to ready',
      goal: null,
      unit: 's',
      measured: once(warm.readyMs / 1000),
    },
    {
      scenario: 'idle',
      figure: 'resident memory of the gateway process',
      goal: 150,
      unit: 'MiB',
      measured: once(idleMiB),
      note:
        models.length === 0 ? "the built-in model's process has not started" : "beside the built-in model's process",
    },
  ];
}
