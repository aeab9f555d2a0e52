/** The instructions of UPGRADING.md for removing what an earlier runner left on a machine, tried on such a machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openState } from '../../cli/runner/state-directory.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { missing } from '../registry/tools.ts';

const without = process.getuid?.() === 0 ? missing('runc', 'busybox', 'awk') : 'only root mounts';

/** The commands of the page. */
const commands = (): string => {
  const page = readFileSync(join(import.meta.dirname, '../../UPGRADING.md'), 'utf8');
  const [, block = ''] =
    /\*\*Remove containers, mounts and files of the old runner\*\*.*?```sh\n(.*?)```/s.exec(page) ?? [];
  return block;
};

describe.skipIf(without)(titled('data of an earlier runner', without), () => {
  const state = mkdtempSync(join(tmpdir(), 'taskport-former-'));
  const runc = (...args: string[]) => execFileSync('runc', ['--root', join(state, 'runc'), ...args]);
  const mounted = (): string[] =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .flatMap((line) => line.split(' ')[4] ?? [])
      .filter((path) => path.startsWith(`${state}/`));
  afterAll(() => {
    for (const path of mounted().toReversed()) spawnSync('umount', ['-l', path]);
    rmSync(state, { recursive: true, force: true });
  });

  /** Leaves a running task of an image below a volume, each an overlay. */
  const leave = (): void => {
    const [bundle, layer] = [join(state, 'attempts/one/bundle'), join(state, 'layers/one/tree')];
    mkdirSync(join(layer, 'bin'), { recursive: true });
    execFileSync('sh', ['-c', 'cp "$(command -v busybox)" "$1"', 'sh', join(layer, 'bin/busybox')]);
    const overlay = (lower: string, of: string, target: string): void => {
      for (const path of [`${of}/upper`, `${of}/work`, target]) mkdirSync(path, { recursive: true });
      const options = `lowerdir=${lower},upperdir=${of}/upper,workdir=${of}/work`;
      execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', target]);
    };
    overlay(layer, join(state, 'executors/one/root'), join(bundle, 'rootfs'));
    overlay(layer, join(state, 'volumes/one/two'), join(bundle, 'rootfs/with a space'));
    execFileSync('runc', ['spec', '--bundle', bundle]);
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
    config.process = { ...config.process, terminal: false, args: ['/bin/busybox', 'sleep', '1000'] };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    spawnSync(
      'runc',
      ['--root', join(state, 'runc'), 'run', '--detach', '--bundle', bundle, 'taskport-one'],
      {
        stdio: 'ignore',
      },
    );
    mkdirSync(join(state, 'logs'));
    writeFileSync(join(state, 'logs/all.log'), 'kept\n');
  };

  it('is removed by the commands of UPGRADING.md, except logs', async () => {
    leave();
    const { pid, status } = JSON.parse(runc('state', 'taskport-one').toString());
    expect([status, mounted().length]).toEqual(['running', 2]);
    expect(openState(state)).not.toEqual([]);
    execFileSync('sh', ['-e', '-c', `state=${state}\n${commands()}`]);
    expect(readdirSync(state)).toEqual(['logs']);
    expect([mounted(), openState(state)]).toEqual([[], []]);
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}/exe`)).toBe(false), PATIENCE);
  });
});
