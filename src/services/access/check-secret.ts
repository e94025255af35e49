import type { SettingRepository } from '../../persistence/repositories/setting.repository.js';
import type { Sealer } from './sealer.js';

const NAME = 'sealed_check';
const PLAIN = 'antiphon';

/**
 * Proves that this process holds the secret this database was sealed with; the first process to start leaves the proof.
 *
 * @throws Error in one line when the secret is another one
 */
export async function checkSecret(settings: SettingRepository, sealer: Sealer): Promise<void> {
  const kept = await settings.ensure(NAME, sealer.seal(PLAIN, NAME));
  try {
    if (sealer.open(kept, NAME) === PLAIN) return;
  } catch {
    // Said below, in the operator's words.
  }
  throw new Error('ANTIPHON_SECRET is not the one this database was set up with.');
}
