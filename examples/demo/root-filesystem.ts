import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Makes `root`, a root filesystem with the programs of this machine's busybox, and `data`, which is empty. */
export const packRootFilesystem = (directory: string): void => {
  const programs = join(directory, 'root', 'bin');
  mkdirSync(programs, { recursive: true });
  mkdirSync(join(directory, 'data'));
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  copyFileSync(realpathSync(busybox), join(programs, 'busybox'));
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of names) if (name !== 'busybox') symlinkSync('busybox', join(programs, name));
};
