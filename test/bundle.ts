/** Runs an OCI plan: unpacks its layers, writes its document, and starts runc. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { OciPlan } from '../lib/composition/plan/oci-schema.ts';
import { PATIENCE } from './patience.ts';

/** The bytes of a layer by its `href`. */
export type FetchLayer = (href: string) => Promise<Uint8Array>;

/** Why runc cannot run here; undefined if it can. */
export const withoutRunc = (): string | undefined => {
  if (spawnSync('runc', ['--version']).status !== 0) return 'runc is not installed';
  return process.getuid?.() === 0 ? undefined : 'runc needs root';
};

/** The title of a test, with the reason if it is skipped. */
export const titled = (title: string, without: string | undefined): string =>
  without === undefined ? title : `${title} (skipped: ${without})`;

/** Makes the bundle of a plan in a directory. */
export const makeBundle = async (plan: OciPlan, directory: string, fetchLayer: FetchLayer): Promise<void> => {
  for (const { path, layers, nfs, mountPoints } of plan.storage) {
    if (nfs !== undefined) throw new Error(`${path} is at ${nfs.server}, and tests mount nothing from there`);
    await mkdir(join(directory, path), { recursive: true });
    for (const { href, checksum = '' } of layers) {
      const bytes = await fetchLayer(href);
      const [algorithm = '', hex] = checksum.split(':');
      if (createHash(algorithm).update(bytes).digest('hex') !== hex) throw new Error(`${href} is another`);
      unpack(bytes, join(directory, path));
    }
    for (const mountPoint of mountPoints) await mkdir(join(directory, path, mountPoint), { recursive: true });
  }
  await writeFile(join(directory, 'config.json'), JSON.stringify(plan.config));
};

const unpack = (bytes: Uint8Array, directory: string): void => {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  execFileSync('tar', ['-x', '-f', '-', '-C', directory], { input: isGzip ? gunzipSync(bytes) : bytes });
};

/** Programs of this machine with their libraries, by their paths in an archive. */
export const programs = (...paths: readonly string[]): Record<string, string> => {
  const libraries = paths.flatMap((path) => {
    const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
    return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library as string);
  });
  return Object.fromEntries([...paths, ...libraries].map((path) => [path.slice(1), realpathSync(path)]));
};

/** Runs runc with its state in `directory`. */
export const runc = (
  directory: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync('runc', ['--root', join(directory, 'state'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE.timeout,
  });
  return { status, stdout, stderr };
};
