import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allFunctions } from '../../infra/wiring.ts';
import { freshApp } from './fresh-app.ts';
import type { Given } from './imports.ts';
import { packaged } from './packages.ts';
import { output, type Project } from './project.ts';

const CDK = join(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');
const TSX = packaged('tsx/dist/cli.mjs');
/** Without calls for credentials, and without the library's own deprecation warnings. */
const env = { AWS_EC2_METADATA_DISABLED: 'true', JSII_DEPRECATED: 'quiet', CI: 'true' };
/** `npm run synth` and `test/infra/template.test.ts` check the template against CloudFormation's rules; a repeat would take longer than all the rest. */
const held = { ...env, CDK_VALIDATION: 'false' };

/** Uses of the construct in CDK apps of others. */
export const describeApps = (given: Given): void => {
  describe('in an app of `cdk init`', () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskport-app-'));
    let project: Project;
    let app: string;
    beforeAll(async () => {
      project = given().project.copiedTo(join(folder, 'one'));
      project.link('aws-cdk-lib', 'constructs', 'cdk-nag', 'cdk-nag-2');
      app = await freshApp(project, 'app-stack.ts', env);
      project.copy('test/package/programs/checked.ts', 'app/checked.ts');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const keysIn = (directory: string): string[] => {
      const { Resources } = JSON.parse(readFileSync(join(directory, 'AppStack.template.json'), 'utf8'));
      const descriptions = new Set(allFunctions.map(({ description }) => description));
      return Object.values<{ Properties?: { Description?: string; Code?: { S3Key: string } } }>(
        Resources,
      ).flatMap(({ Properties = {} }) =>
        descriptions.has(Properties.Description ?? '') ? (Properties.Code?.S3Key ?? []) : [],
      );
    };

    it('synthesizes with Fargate, without a bundler and a region, to the same assets at any path of the package', async () => {
      await output(process.execPath, [CDK, 'synth', '--quiet', '--no-notices'], { cwd: app, env: held });
      const keys = keysIn(join(app, 'cdk.out'));
      expect(keys).toHaveLength(allFunctions.length);

      const elsewhere = project.copiedTo(join(folder, 'two/far/away'));
      const cwd = elsewhere.path('app');
      await output(process.execPath, [TSX, 'bin/app.ts'], {
        cwd,
        env: { ...held, CDK_OUTDIR: join(cwd, 'out') },
      });
      expect(keysIn(join(cwd, 'out'))).toEqual(keys);
    });

    it('has nothing that cdk-nag 2 or 3 finds fault with', async () => {
      const said = await output(process.execPath, [TSX, 'checked.ts'], { cwd: app, env: held });
      expect(JSON.parse(said)).toEqual([]);
    });
  });
};
