import { afterAll, expect, it } from '@jest/globals';
import { createSchemaChecker } from '../../../src/tools/json-schema/checker.js';

const checker = createSchemaChecker({ timeoutMs: 60_000 });
afterAll(() => checker.close());

it('a schema of references that lead back to themselves is told so', async () => {
  const loop = { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' };
  expect(await checker.findSchemaFault(loop)).toBe('a $ref leads back to itself.');
});

it('one that leads back on the way to something smaller is fine', async () => {
  const tree = { type: 'object', properties: { child: { $ref: '#' } }, additionalProperties: false };
  expect(await checker.findSchemaFault(tree)).toBeNull();
  expect(await checker.findTextFault(tree, '{"child":{"child":{}}}')).toBeNull();
  expect(await checker.findTextFault(tree, '{"child":{"other":{}}}')).toBe(
    '/child must NOT have additional properties.',
  );
});
