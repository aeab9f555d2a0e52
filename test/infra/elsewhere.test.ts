/** Another project, in a directory of its own, which has this one among its packages. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { functions } from '../../infra/wiring.ts';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'taskport-elsewhere-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { Taskport } from 'taskport/infra';

const app = new App({ outdir: 'out' });
const stack = new Stack(app, 'Shop', { env: { region: 'eu-central-1' } });
new Taskport(stack, 'Taskport', { auth: { issuer: 'https://login.example.com', audience: ['shop'] } });
app.synth();
`;

test('an app of another project deploys a Taskport, with its functions bundled from here', () => {
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/taskport'));
  for (const name of ['aws-cdk-lib', 'constructs']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(directory, 'app.ts'), APP);
  execFileSync(join(ROOT, 'node_modules/.bin/tsx'), ['app.ts'], { cwd: directory, stdio: 'pipe' });

  const out = join(directory, 'out');
  const template = JSON.parse(readFileSync(join(out, 'Shop.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(functions.length);
  const bundles = readdirSync(out).filter((name) => name.startsWith('asset.'));
  expect(bundles).toHaveLength(functions.length);
  for (const bundle of bundles) expect(statSync(join(out, bundle, 'index.mjs')).size).toBeGreaterThan(1_000);
});
