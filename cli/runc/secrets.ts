import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OciMount } from '../../lib/composition/plan/oci-mount.ts';
import type { OciProcess } from '../../lib/composition/plan/oci-process.ts';
import type { OciPlan } from '../../lib/composition/plan/oci-schema.ts';
import type { Orders } from '../../lib/composition/plan/orders.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { run } from './program.ts';

/** The value of a secret by its reference. */
export type SecretOf = (valueFrom: string) => Promise<string>;

const noStore: SecretOf = async (valueFrom) => {
  throw new LaunchError(`${valueFrom} is a secret, and this runner has no store of secrets`);
};

type Target = Orders['secrets'][number]['target'];

const resolve = (
  { secrets }: Orders,
  target: Target,
  secretOf: SecretOf,
): Promise<{ name: string; value: string }[]> =>
  Promise.all(
    secrets
      .filter((secret) => secret.target === target)
      .map(async ({ name, valueFrom }) => ({ name, value: await secretOf(valueFrom) })),
  );

/** The process with the secrets that it finds in its environment. */
export const withSecrets = async (
  process: OciProcess,
  orders: Orders,
  secretOf: SecretOf = noStore,
): Promise<OciProcess> => {
  const found = await resolve(orders, 'env', secretOf);
  return { ...process, env: [...process.env, ...found.map(({ name, value }) => `${name}=${value}`)] };
};

const PATH = '/run/secrets';

/**
 * The files of all tasks of a container, each its own user's, in memory only: they are mounted with the container, since a further
 * process cannot bring mounts. Answers the mounts.
 */
export const mountSecrets = async (
  { config, executor, processes }: OciPlan,
  directory: string,
  secretOf: SecretOf = noStore,
): Promise<OciMount[]> => {
  const tasks = [{ config, executor }, ...processes];
  const resolved = await Promise.all(tasks.map((task) => resolve(task.executor, 'file', secretOf)));
  if (resolved.flat().length === 0) return [];
  await mkdir(directory, { mode: 0o755 });
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755,nosuid,nodev,noexec', 'tmpfs', directory]);
  for (const [
    at,
    {
      config: { process },
    },
  ] of tasks.entries()) {
    for (const { name, value } of resolved[at] as { name: string; value: string }[]) {
      const path = join(directory, name);
      await writeFile(path, value, { mode: 0o400, flag: 'wx' }).catch(() => {
        throw new LaunchError(`two tasks have a secret in the file ${name}`);
      });
      await chown(path, process.user.uid, process.user.gid);
    }
  }
  return [
    {
      destination: PATH,
      type: 'bind',
      source: directory,
      options: ['rbind', 'ro', 'nosuid', 'nodev', 'noexec'],
    },
  ];
};
