import { API_KEY } from './setting.js';
import { modelOf } from './tokens.js';

/** Asks the gateway for something besides the work that is measured. Throws what it answered if that was no success. */
export async function post<T = { id: string }>(port: number, path: string, body: object): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    body: body instanceof FormData ? body : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Gives the stand-in's answers a price, without which no budget can be kept. */
export const setPrice = (port: number) => post(port, '/prices', { model: modelOf(0), input: '0.15', output: '0.6' });

interface IssuedKey {
  id: string;
  value: string;
}

/** A new key. Resolves with the key itself. */
export async function issueKey(port: number, name: string, hasBudget: boolean): Promise<string> {
  const key = await post<IssuedKey>(port, '/api_keys', { name });
  if (hasBudget) await post(port, '/budgets', { scope: 'key', key_id: key.id, period: 'month', limit: '1000000' });
  return key.value;
}
