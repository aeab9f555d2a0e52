/** A snapshot of the whole template, so that every change is visible in its diff. `npx vitest run test/infra/template.test.ts -u` updates it. */
import { expect, test } from 'vitest';
import { type Json, synthesize, template } from './synthesized.ts';

/** The hash of the functions' code does not matter here. */
const withoutCode = (text: string): string =>
  text
    .replace(/[0-9a-f]{64}(\.zip)?/g, '<asset>')
    // The schemas of events are in the generated document.
    .replace(/"Content": ".*"/g, '"Content": "<schema>"');

/** Resources sorted by their IDs, so that the order of their creation does not matter. */
const ordered = (resources: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1)));

test('the template equals the snapshot', async () => {
  const { Resources, Outputs } = template.toJSON();
  const text = JSON.stringify({ Resources: ordered(Resources), Outputs }, undefined, 1);
  await expect(withoutCode(text)).toMatchFileSnapshot('./template.snapshot');
});

test.each([
  ['whose callers sign', {}],
  ['whose callers bring tokens', { jwtIssuer: 'https://login.example.com', jwtAudience: 'taskport' }],
])('passes the checks of CloudFormation, in a deployment %s', (_, context) => {
  synthesize(context, { builtinCloudFormationValidation: true });
});
