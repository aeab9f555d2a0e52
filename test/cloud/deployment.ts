import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { ACCOUNT, type Cloud, cdk, REGION, ROOT } from './cloud.ts';
import { adaptAssembly, type Template } from './lacking.ts';

export interface Deployment {
  readonly stack: string;
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
export const synthesize = async (cloud: Cloud, flags: Readonly<Record<string, string>>): Promise<string> => {
  const directory = mkdtempSync(join(cloud.directory, 'assembly-'));
  const context = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await cdk(cloud, ['synth', '--quiet', '--output', directory, ...context], appFolder(cloud));
  return directory;
};

export const templateIn = (directory: string, stack: string): Template =>
  JSON.parse(readFileSync(join(directory, `${stack}.template.json`), 'utf8'));

/** Deploys the synthesized template, without the parts that the cloud lacks. */
const deployAssembly = async (cloud: Cloud, directory: string, stack: string): Promise<Deployment> => {
  adaptAssembly(directory);
  const outputs = join(directory, 'outputs.json');
  const args = ['--app', directory, '--require-approval', 'never', '--progress', 'events'];
  const said = await cdk(cloud, ['deploy', stack, ...args, '--outputs-file', outputs]);
  return { stack, said, outputs: JSON.parse(readFileSync(outputs, 'utf8'))[stack] };
};

/** `npx cdk deploy` with these flags. */
export const deploy = async (
  cloud: Cloud,
  flags: Readonly<Record<string, string>> = {},
): Promise<Deployment> =>
  deployAssembly(
    cloud,
    await synthesize(cloud, flags),
    flags.stage === undefined ? 'Taskport' : `Taskport-${flags.stage}`,
  );
