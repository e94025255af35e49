import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One budget window at one moment, in units of any size as long as it is the same one everywhere. */
export interface Purse {
  name: string;
  limit: bigint;
  settled: bigint;
  reserved: bigint;
}

/** A way to look into a server's books while it works. What it answers is one moment. */
export interface Till {
  read(): Promise<Purse[]>;
}

const NANO_PLACES = 9;

/** `"2.5"` → 2500000000n. */
const nano = (decimal: string): bigint => {
  const [whole = '0', rest = ''] = decimal.split('.');
  return BigInt(whole) * 10n ** 9n + BigInt(rest.padEnd(NANO_PLACES, '0').slice(0, NANO_PLACES));
};

/** Reads `GET /budgets` of an Antiphon. The key needs the scope `admin`. */
export const tillOfApi = (baseUrl: () => string, key: string): Till => ({
  async read() {
    const answer = await fetch(`${baseUrl()}/budgets?limit=100`, { headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new Error(`GET /budgets answered ${answer.status}: ${await answer.text()}`);
    const { data } = (await answer.json()) as {
      data: { id: string; limit: string; spent: string; reserved: string; enforced: boolean }[];
    };
    return data
      .filter(({ enforced }) => enforced)
      .map(({ id, limit, spent, reserved }) => ({
        name: id,
        limit: nano(limit),
        settled: nano(spent),
        reserved: nano(reserved),
      }));
  },
});

/** Runs a shell command that prints `[{"name", "limit", "settled", "reserved"}]`, amounts as decimals or numbers. */
export const tillOfCommand = (command: string): Till => ({
  async read() {
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    const purses = JSON.parse(stdout) as Record<'name' | 'limit' | 'settled' | 'reserved', string | number>[];
    return purses.map(({ name, limit, settled, reserved }) => ({
      name: String(name),
      limit: nano(String(limit)),
      settled: nano(String(settled)),
      reserved: nano(String(reserved)),
    }));
  },
});
