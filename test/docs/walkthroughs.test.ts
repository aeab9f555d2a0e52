/** Runs every block of commands in the pages that users follow, in order and unchanged. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { problemCodes } from '../../lib/errors.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from '../host/product.ts';
import { PATIENCE } from '../patience.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = join(ROOT, 'docs/workflows');
const pages = [
  join(ROOT, 'docs/getting-started.md'),
  join(ROOT, 'docs/api-with-curl.md'),
  join(ROOT, 'docs/apply.md'),
  join(ROOT, 'docs/volumes.md'),
  join(ROOT, 'docs/share.md'),
  ...readdirSync(WORKFLOWS)
    .filter((name) => !['README.md', 'console.md'].includes(name))
    .map((name) => join(WORKFLOWS, name)),
];
const BUSYBOX = '/bin/busybox';
/** A page that starts a runner, or waits for a task, needs an engine. */
const RUNNER = /^taskport (runner .* &$|run |wait )/m;
/** Code blocks; blocks of a shell are run. */
const BLOCK = /^```(.*?)\n(.*?)^```$/gms;
/** The text before a block whose last command the service refuses: it names the problem. */
const REFUSED = /\*\*Refused\*\* as `([a-z-]+)`/;

const directory = freshDirectory();
let product: Product;
let url: string;
/** The directory of `taskport`. */
const bin = mkdtempSync(join(tmpdir(), 'taskport-docs-'));

beforeAll(async () => {
  // Started like by a user: with the default locations, and with a runner.
  const hasEngine = withoutDocker() === undefined;
  const args = ['--json', ...(hasEngine ? [] : ['--no-runner'])];
  product = startProduct({ directory, args, env: { DOCKER_HOST: inject('dockerHost') } });
  url = await product.listening();
  // Registries are not available here, so the engine has the images of the pages under their names.
  if (hasEngine && existsSync(BUSYBOX)) {
    const input = await archiveOf(busyboxTree());
    for (const image of ['alpine:3.20', 'busybox:1.36'])
      execFileSync('docker', ['-H', inject('dockerHost'), 'import', '-', image], { input });
  }
  if (hasEngine)
    await vi.waitFor(() => expect(product.output()).toContain('runs the tasks that you start'), PATIENCE);
  const script = `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/cli/main.js" "$@"\n`;
  writeFileSync(join(bin, 'taskport'), script, { mode: 0o755 });
});
afterAll(async () => {
  await product.stop();
  removeDirectory(directory);
  rmSync(bin, { recursive: true });
});

const tight = (text: string): string => text.replaceAll(/ +/g, ' ');

/** The process groups of the commands: background processes end with their page. */
const groups: number[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGTERM');
    } catch {
      // All have ended.
    }
  }
});

const run = (commands: string): Promise<{ code: number; said: string }> =>
  new Promise((settle) => {
    const { PATH, HOME } = process.env;
    const env = { PATH: `${bin}:${PATH}`, HOME, TASKPORT_URL: url, DOCKER_HOST: inject('dockerHost') };
    // One pipe for both streams keeps the order of their lines.
    const child = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${commands}`], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    groups.push(child.pid as number);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('close', (code) => settle({ code: code ?? 1, said }));
  });

describe('the first screen of the README', () => {
  const [screen = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n## What you can do');
  /** The commands of the blocks, each with its output. */
  const commands = [...screen.matchAll(BLOCK)].flatMap(([, , text = '']) =>
    text
      .split(/^\$ /m)
      .filter((part) => part !== '')
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
  );
  const firstLine = (text: string): string | undefined => tight(text).split('\n')[0];
  const without = withoutDocker() ?? (existsSync(BUSYBOX) ? undefined : `there is no ${BUSYBOX}`);

  it.skipIf(without)(titled('has the documented output', without), async () => {
    const [[start, told] = ['', ''], ...others] = commands;
    expect(start).toBe('npm ci && npm start');
    expect(others.length).toBeGreaterThan(0);
    expect(told).toContain(`Next: ${others[0]?.[0]}\n`);
    for (const [command, printed] of others) {
      const { code, said } = await run(command.replace(/^npx /, ''));
      // Names and times vary, and so do columns.
      expect([code, firstLine(said)], said).toEqual([0, firstLine(printed)]);
    }
  });
});

describe('a page works as documented', () => {
  for (const path of pages) {
    const text = readFileSync(path, 'utf8');
    const lacks = [
      ...(text.includes(BUSYBOX) && !existsSync(BUSYBOX) ? [`there is no ${BUSYBOX}`] : []),
      ...(RUNNER.test(text) ? [withoutDocker()] : []),
    ].find((lack) => lack !== undefined);
    it.skipIf(lacks)(titled(relative(ROOT, path), lacks), () => follow(text));
  }

  const follow = async (text: string): Promise<void> => {
    let [isFollowed, from, printed] = [false, 0, ''];
    for (const { 0: block, 1: kind, 2: commands = '', index } of text.matchAll(BLOCK)) {
      const before = text.slice(from, index);
      from = index + block.length;
      if (kind === 'text printed') expectPrinted(commands, printed);
      if (kind !== 'sh' && kind !== 'sh refused') continue;
      isFollowed = true;
      const { code, said } = await run(commands);
      printed = said;
      expect(code, `${commands}\n${said}`).toBe(kind === 'sh' ? 0 : 1);
      if (kind === 'sh refused') expect(said).toContain(`taskport: ${problemOf(before)}`);
    }
    expect(isFollowed).toBe(true);
  };

  /** The documented output of the block before; its parts come in this order, `…` stands for varying text, and columns are ignored. */
  const expectPrinted = (shown: string, printed: string): void => {
    let left = tight(printed);
    for (const part of tight(shown).trimEnd().split(/\n|…/)) {
      expect(left, printed).toContain(part);
      left = left.slice(left.indexOf(part) + part.length);
    }
  };

  const problemOf = (before: string): string => {
    const [, problem = ''] = REFUSED.exec(before) ?? [];
    expect(problemCodes, `a refusal says its problem, after: ${before}`).toContain(problem);
    return problem;
  };
});
