/**
 * The whole template, so that no change of it goes unseen: what is deployed differs from what was by what a diff of the
 * snapshot shows. `npx vitest run test/infra/template.test.ts -u` takes it as it is now.
 */
import { expect, test } from 'vitest';
import { type Json, synthesize, template } from './synthesized.ts';

/** Where the code of functions is says which code it is, and that is not what this is about. */
const withoutCode = (text: string): string =>
  text
    .replace(/[0-9a-f]{64}(\.zip)?/g, '<asset>')
    // The schemas of events are in the generated document, word for word.
    .replace(/"Content": ".*"/g, '"Content": "<schema>"');

/** Resources by their ids in order, so that the order in which they are made is no change. */
const ordered = (resources: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1)));

test('is the one that was looked at', async () => {
  const { Resources, Outputs } = template.toJSON();
  const text = JSON.stringify({ Resources: ordered(Resources), Outputs }, undefined, 1);
  await expect(withoutCode(text)).toMatchFileSnapshot('./template.snapshot');
});

test.each([
  ['whose callers sign', {}],
  ['whose callers bring tokens', { jwtIssuer: 'https://login.example.com', jwtAudience: 'taskport' }],
])('has nothing that CloudFormation finds fault with, in a deployment %s', (_, context) => {
  synthesize(context, { builtinCloudFormationValidation: true });
});
