/** Podman behind Docker's API, for the tests. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from '../patience.ts';

/** Why it cannot be started here; undefined if it can. */
export const withoutPodman = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may start podman here';
  const absent = ['podman', 'runc', 'iptables'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  return absent.length === 0 ? undefined : `${absent.join(' and ')} not installed`;
};

/** Works without systemd, on control groups of both versions. */
const CONFIGURATION = `
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = []
`;

/** Starts it; its containers end with it. */
export const startPodman = async (): Promise<{ host: string; stop(): Promise<void> }> => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-podman-'));
  const inside = (name: string): string => join(directory, name);
  writeFileSync(inside('containers.conf'), CONFIGURATION);
  const log = openSync(inside('log'), 'w');
  const places = ['--root', inside('root'), '--runroot', inside('run'), '--tmpdir', inside('tmp')];
  const all = [...places, '--storage-driver', 'vfs'];
  const env = { ...process.env, CONTAINERS_CONF: inside('containers.conf') };
  const socket = inside('podman.sock');
  const child = spawn('podman', [...all, 'system', 'service', '--time=0', `unix://${socket}`], {
    stdio: ['ignore', log, log],
    env,
  });
  const ended = new Promise<void>((settle) => child.on('exit', () => settle()));
  for (const until = Date.now() + PATIENCE.timeout; !existsSync(socket); await sleep(PATIENCE.interval)) {
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`podman: ${readFileSync(inside('log'), 'utf8')}`);
  }
  return {
    host: `unix://${socket}`,
    stop: async () => {
      spawnSync('podman', [...all, 'rm', '--all', '--force', '--time', '0'], { env });
      child.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
