/** The pages that users follow, followed: every block of commands is run, in order, as it stands. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { problemCodes } from '../../lib/errors.ts';
import { titled } from '../bundle.ts';
import { startHost } from '../host-bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = join(ROOT, 'docs/workflows');
const pages = [
  join(ROOT, 'docs/getting-started.md'),
  ...readdirSync(WORKFLOWS)
    .filter((name) => !['README.md', 'console.md'].includes(name))
    .map((name) => join(WORKFLOWS, name)),
];
const BUSYBOX = '/bin/busybox';
/** Blocks of code cut a page; those of a shell are run. */
const BLOCK = /^```(.*?)\n(.*?)^```$/gms;
/** What is right before a block whose last command is to be refused by the service: it says as which problem. */
const REFUSED = /\*\*Refused\*\* as `([a-z-]+)`/;

let url: string;
let stop: () => Promise<void>;
/** Where `taskport` is. */
const bin = mkdtempSync(join(tmpdir(), 'taskport-docs-'));

beforeAll(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  ({ url, stop } = await startHost({ port: 0, onEvent: () => {} }));
  const script = `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/cli/main.js" "$@"\n`;
  writeFileSync(join(bin, 'taskport'), script, { mode: 0o755 });
});
afterAll(async () => {
  await stop();
  rmSync(bin, { recursive: true });
});

const run = (commands: string): Promise<{ code: number; said: string }> =>
  new Promise((settle) => {
    const { PATH, HOME } = process.env;
    const env = { PATH: `${bin}:${PATH}`, HOME, TASKPORT_URL: url };
    execFile('bash', ['-euo', 'pipefail', '-c', commands], { env }, (error, stdout, stderr) =>
      settle({ code: (error?.code as number | undefined) ?? 0, said: stdout + stderr }),
    );
  });

describe('a page that is followed does what it says', () => {
  for (const path of pages) {
    const text = readFileSync(path, 'utf8');
    const lacks = text.includes(BUSYBOX) && !existsSync(BUSYBOX);
    it.skipIf(lacks)(titled(relative(ROOT, path), lacks ? `there is no ${BUSYBOX}` : undefined), () =>
      follow(text),
    );
  }

  const follow = async (text: string): Promise<void> => {
    let [isFollowed, from] = [false, 0];
    for (const { 0: block, 1: kind, 2: commands = '', index } of text.matchAll(BLOCK)) {
      const before = text.slice(from, index);
      from = index + block.length;
      if (kind !== 'sh' && kind !== 'sh refused') continue;
      isFollowed = true;
      const { code, said } = await run(commands);
      expect({ code, commands, said }).toMatchObject({ code: kind === 'sh' ? 0 : 1 });
      if (kind === 'sh refused') expect(said).toContain(`taskport: ${problemOf(before)}`);
    }
    expect(isFollowed).toBe(true);
  };

  const problemOf = (before: string): string => {
    const [, problem = ''] = REFUSED.exec(before) ?? [];
    expect(problemCodes, `a refusal says its problem, after: ${before}`).toContain(problem);
    return problem;
  };
});
