/** The command line in a terminal: its progress output, and Ctrl-C. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { archiveOf } from '../busybox.ts';
import { PATIENCE } from '../patience.ts';
import { COMMAND, startCommandLine } from './command-line.ts';

/** Runs a command in a pseudo-terminal (util-linux). */
const without = spawnSync('script', ['--version']).error ? 'there is no `script` (util-linux)' : undefined;
const CTRL_C = '\x03';

describe.skipIf(without)(titled('at a terminal', without), () => {
  let url: string;
  let stop: () => Promise<void>;
  const directory = mkdtempSync(join(tmpdir(), 'taskport-terminal-'));
  beforeAll(async () => {
    ({ url, stop } = await startCommandLine());
  });
  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true });
  });

  /** Starts a command in its own pseudo-terminal. */
  const start = (...args: readonly string[]) => startIn({}, ...args);
  const startIn = (variables: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const command = [process.execPath, COMMAND, ...args].join(' ');
    const { PATH, HOME } = process.env;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH, HOME, TASKPORT_URL: url, TERM: 'xterm', ...variables },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    return {
      type: (keys: string) => terminal.stdin.write(keys),
      shown: () => shown,
      ended: once(terminal, 'close').then(([code]) => code as number),
    };
  };

  it('a push shows its progress, its speed, and the remaining time', async () => {
    const path = join(directory, 'big.tar');
    writeFileSync(path, await archiveOf({ random: randomBytes(64 * 2 ** 20) }));
    await start('location', 'create', 'images', '--kind', 'image').ended;
    const push = start('image', 'push', 'images/big', path);
    expect(await push.ended).toBe(0);
    expect(push.shown()).toMatch(/sending [\d.]+ MiB of 64\.0 MiB, [\d.]+ MiB\/s, \d+ s left/);
    expect(push.shown()).toContain('state: ready');
  });

  it('help has bold titles, unless NO_COLOR is set', async () => {
    const bold = start('image', '--help');
    const plain = startIn({ NO_COLOR: '1' }, 'image', '--help');
    await Promise.all([bold.ended, plain.ended]);
    expect(bold.shown()).toContain('\u001b[1mUsage:\u001b[0m');
    expect(plain.shown()).toContain('Usage: taskport image');
    expect(plain.shown()).not.toContain('\u001b');
  });

  it('Ctrl-C ends a following command with 130', async () => {
    await start('location', 'create', 'jobs', '--kind', 'task').ended;
    const follow = start('events', '--follow');
    await vi.waitFor(() => expect(follow.shown()).toContain('Location Created'), PATIENCE);
    follow.type(CTRL_C);
    expect(await follow.ended).toBe(130);
  });
});
