import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packaged } from './packages.ts';
import { output, type Project } from './project.ts';

const CDK = join(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');

/** Has the CDK make a new app in a project, with a program of these tests for its stack, `AppStack`. Answers its folder. */
export const freshApp = async (
  project: Project,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<string> => {
  const app = project.path('app');
  mkdirSync(app);
  await output(process.execPath, [CDK, 'init', 'app', '--language', 'typescript', '--generate-only'], {
    cwd: app,
    env,
  });
  project.copy(`test/package/programs/${program}`, 'app/lib/app-stack.ts');
  mkdirSync(join(app, 'node_modules/.bin'), { recursive: true });
  symlinkSync(packaged('typescript-7/bin/tsc'), join(app, 'node_modules/.bin/tsc'));
  symlinkSync(packaged('tsx/dist/cli.mjs'), join(app, 'node_modules/.bin/tsx'));
  symlinkSync(packaged('@types'), join(app, 'node_modules/@types'));
  return app;
};
