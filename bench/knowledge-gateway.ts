import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Gateway, startGateway } from './processes.js';
import { API_KEY, builtServer, type Setting } from './setting.js';

/** A gateway of its own, on all cores, whose embeddings come from the stand-in, which takes no time for them. */
export async function startWithEmbeddings(
  setting: Setting,
  name: string,
): Promise<{ gateway: Gateway; dataDir: string }> {
  const config = path.join(setting.folder, `${name}.yaml`);
  writeFileSync(
    config,
    `providers: [{ id: bench, base_url: http://127.0.0.1:${setting.upstream.port}/v1 }]
models: [{ name: '*', provider: bench }]
knowledge: { embedding_model: bench-embedding }
`,
  );
  const dataDir = path.join(setting.folder, `${name}-data`);
  const gateway = await startGateway({
    ...builtServer(setting.root, setting.folder),
    dataDir,
    env: { ANTIPHON_API_KEY: API_KEY, ANTIPHON_CONFIG: config },
    isPinned: false,
  });
  return { gateway, dataDir };
}
