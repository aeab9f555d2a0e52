import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { freshApp } from '../package/fresh-app.ts';
import { Project } from '../package/project.ts';
import { ACCOUNT, type Cloud, cdk, REGION, ROOT } from './cloud.ts';
import { adaptAssembly, type Template } from './lacking.ts';

/** What CloudFormation's names of a construct's resources and outputs end in. */
const HASH_LENGTH = 8;

export interface Deployment {
  readonly stack: string;
  /** The id of the construct in that stack, with which the names of its resources begin. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The output of the CDK. */
  readonly said: string;
}

/** A directory of the same app, because the CDK writes its look-ups beside `cdk.json`. */
const appFolder = (cloud: Cloud): string => {
  const folder = mkdtempSync(join(cloud.directory, 'app-'));
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  write('cdk.json', { ...cdkJson, app: `cd '${ROOT}' && ${cdkJson.app}` });
  const zones = ['a', 'b', 'c'].map((zone) => REGION + zone);
  write('cdk.context.json', { [`availability-zones:account=${ACCOUNT}:region=${REGION}`]: zones });
  return folder;
};

/** Synthesizes a deployment with these flags, like `npx cdk deploy`; answers the directory. */
export const synthesize = async (
  cloud: Cloud,
  flags: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const directory = mkdtempSync(join(cloud.directory, 'assembly-'));
  const context = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await cdk(cloud, ['synth', '--quiet', '--output', directory, ...context], appFolder(cloud));
  return directory;
};

export const templateIn = (directory: string, stack: string): Template =>
  JSON.parse(readFileSync(join(directory, `${stack}.template.json`), 'utf8'));

/** Deploys the synthesized template, without the parts that the cloud lacks. */
const deployAssembly = async (
  cloud: Cloud,
  directory: string,
  stack: string,
  id = '',
): Promise<Deployment> => {
  adaptAssembly(directory);
  const outputs = join(directory, 'outputs.json');
  const args = ['--app', directory, '--require-approval', 'never', '--progress', 'events'];
  const said = await cdk(cloud, ['deploy', stack, ...args, '--outputs-file', outputs]);
  const all: Record<string, string> = JSON.parse(readFileSync(outputs, 'utf8'))[stack];
  // Those of a construct have its id before them, and a hash behind.
  const own = Object.entries(all).map(([key, value]) => [
    id === '' ? key : key.slice(id.length, -HASH_LENGTH),
    value,
  ]);
  return { stack, id, said, outputs: Object.fromEntries(own) };
};

/** `npx cdk deploy`. */
export const deploy = async (cloud: Cloud): Promise<Deployment> =>
  deployAssembly(cloud, await synthesize(cloud), 'Taskport');

/** `npx cdk deploy` in an app that `cdk init` made, of the package as it would be published; `env` is for the app. */
export const deployApp = async (cloud: Cloud, env: Readonly<Record<string, string>>): Promise<Deployment> => {
  const project = await Project.install({ isTyped: false });
  try {
    project.link('aws-cdk-lib', 'constructs');
    const app = await freshApp(project, 'deployed-stack.ts', { ...cloud.env, ...env });
    const directory = mkdtempSync(join(cloud.directory, 'assembly-'));
    const changed = { ...cloud, env: { ...cloud.env, ...env } };
    // Its own way compiles it before, which the tests of the package do.
    await cdk(changed, ['synth', '--quiet', '--output', directory, '--app', 'npx tsx bin/app.ts'], app);
    return await deployAssembly(cloud, directory, 'AppStack', 'Tasks');
  } finally {
    project.remove();
  }
};
