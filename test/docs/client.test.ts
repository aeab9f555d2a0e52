/** The code blocks of the page on the client are one program, which runs here like in an app with the package. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHost } from '../host-bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
const program = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code).join('\n');
/** The documented output of each printing line. */
const printed = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);

let url: string;
let stop: () => Promise<void>;
const consumer = mkdtempSync(join(tmpdir(), 'taskport-client-'));
const run = (module: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', module), ...args], {
    cwd: consumer,
    env: { PATH: process.env.PATH, TASKPORT_URL: url },
  });

beforeAll(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  ({ url, stop } = await startHost({ port: 0, onEvent: () => {} }));
  mkdirSync(join(consumer, 'node_modules'));
  symlinkSync(ROOT, join(consumer, 'node_modules/taskport'));
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(consumer, 'program.ts'), program);
});
afterAll(async () => {
  await stop();
  rmSync(consumer, { recursive: true });
});

describe('the page on the client', () => {
  it('prints the documented output', async () => {
    expect(program.match(/console\.log\(/g)).toHaveLength(printed.length);
    const { stdout } = await run('tsx/dist/cli.mjs', 'program.ts');
    expect(stdout.trimEnd().split('\n')).toEqual(printed);
  });

  it('is correct by its types', async () => {
    // With the sources of the package, because its declarations are made when it is packed.
    const compilerOptions = {
      ...{ strict: true, module: 'nodenext', target: 'es2024', skipLibCheck: true, noEmit: true },
      ...{
        allowImportingTsExtensions: true,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      paths: { 'taskport/client': [join(ROOT, 'client/index.ts')] },
    };
    const settings = { compilerOptions, files: ['program.ts'] };
    writeFileSync(join(consumer, 'checked.json'), JSON.stringify(settings));
    const checked = run('typescript/bin/tsc', '-p', 'checked.json');
    expect((await checked.catch((error) => error)).stdout).toBe('');
  });
});
