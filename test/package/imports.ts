import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { CHROMIUM, withoutChromium } from '../console/browser.ts';
import { PATIENCE } from '../patience.ts';
import { nodes, packaged } from './packages.ts';
import type { Project } from './project.ts';

export type Given = () => { readonly project: Project; readonly url: string };

const withoutBrowser = withoutChromium();
const COMPILERS = { 'TypeScript 5': 'typescript', 'TypeScript 7': 'typescript-7' };
const STRICT = {
  ...{ target: 'es2023', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  // The compiler's own library is no part of the package.
  ...{ noEmit: true, typeRoots: [packaged('@types')], skipDefaultLibCheck: true },
};
const RESOLUTIONS = {
  'Node, from modules and from CommonJS': {
    ...{ module: 'nodenext', types: ['node'] },
    files: ['typed.mts', 'typed.cts'],
  },
  'a bundler for browsers, without the types of Node': {
    ...{ module: 'esnext', moduleResolution: 'bundler', types: [] },
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    files: ['typed.ts'],
  },
};

/** Imports of the package, in every way. */
export const describeImports = (given: Given): void => {
  it('depends on one package and an optional one, and on no development dependencies', () => {
    const { project } = given();
    const installed = readdirSync(project.path('node_modules')).filter((name) => !name.startsWith('.'));
    // The optional one has a build for each platform, of which npm installs one.
    expect(installed).toEqual(['@koromix', 'koffi', 'taskport', 'zod']);
    const all = readdirSync(project.path('node_modules/taskport'), { recursive: true, withFileTypes: true });
    const files = all.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const shipped = /\.(js|mjs|cjs|map|d\.ts|json|html|css|svg|txt|md)$|LICENSE$/;
    expect(files.filter((file) => !shipped.test(file) || /[/.]test[/.]/.test(file))).toEqual([]);
    expect(files.length).toBeLessThan(700);
  });

  it('has a manifest and declarations without findings of other tools', async () => {
    const { project } = given();
    const [tarball = ''] = readdirSync(project.directory).filter((name) => name.endsWith('.tgz'));
    const publint = await project.run(process.execPath, [packaged('publint/src/cli.js'), 'run', tarball]);
    expect(publint).toContain('All good!');
    // Node before 12 did not know `exports`; TypeScript 7 no longer supports that.
    const attw = [packaged('@arethetypeswrong/cli/dist/index.js'), tarball, '--profile', 'node16'];
    await project.run(process.execPath, attw);
  });

  describe.each([...nodes()])('with %s', (node, path) => {
    const SUFFIX = node.replaceAll(/\W/g, '').toLowerCase();

    it('can be imported, plans a task and gets its events', async () => {
      const { project, url } = given();
      project.copy('test/package/programs/plain.mjs', 'plain.mjs');
      const said = await project.run(path, ['plain.mjs'], { TASKPORT_URL: url, SUFFIX });
      const task = `task://tasks-${SUFFIX}/hello`;
      expect(JSON.parse(said)).toEqual({
        planned: task,
        heard: ['Task Created', 'Task Joined', 'Task Bound'].map((type) => `${type} ${task}`),
        refused: 'not-found',
        message: 'Invalid input',
      });
    });

    it('can be required by CommonJS', async () => {
      const { project, url } = given();
      project.copy('test/package/programs/plain.cjs', 'plain.cjs');
      const said = await project.run(path, ['--no-experimental-require-module', 'plain.cjs'], {
        TASKPORT_URL: url,
      });
      expect(said).toBe('ok function\n');
    });

    it('has a command line', async () => {
      const { project, url } = given();
      const taskport = (...args: string[]) =>
        project.run(path, ['node_modules/.bin/taskport', ...args], { TASKPORT_URL: url });
      expect(await taskport('--version')).toBe('0.1.0\n');
      await taskport('location', 'create', `shelf-${SUFFIX}`, '--kind', 'image');
      expect(await taskport('image', 'list', `shelf-${SUFFIX}`, '--json')).toBe('');
    });
  });

  describe.each(Object.entries(COMPILERS))('with %s', (_, compiler) => {
    it.each(Object.entries(RESOLUTIONS))(
      'has types, and valid declarations: %s',
      async (__, { files, ...compilerOptions }) => {
        const { project } = given();
        for (const file of files) project.copy('test/package/programs/typed.ts', file);
        project.write('tsconfig.json', { compilerOptions: { ...STRICT, ...compilerOptions }, files });
        await project.run(process.execPath, [packaged(`${compiler}/bin/tsc`), '-p', '.']);
      },
    );
  });

  it.skipIf(withoutBrowser !== undefined)(
    titled('runs in a browser, after a bundler without plugins', withoutBrowser),
    async () => {
      const { project, url } = given();
      project.copy('test/package/programs/browser.ts', 'browser.ts');
      const { outputFiles } = await build({
        entryPoints: [project.path('browser.ts')],
        bundle: true,
        format: 'iife',
        globalName: 'program',
        write: false,
      });
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      const browser = await chromium.launch({ executablePath: CHROMIUM, args });
      try {
        const page = await browser.newPage();
        await page.goto(url);
        const used = await page.evaluate(`${outputFiles[0]?.text}; program.use('browsed')`);
        expect(used).toEqual({
          same: true,
          received: 5 * 2 ** 20,
          phases: ['reading', 'sending', 'verifying'],
          heard: 'Image Created',
          refused: 'a browser writes no files: give a function that takes the bytes',
        });
      } finally {
        await browser.close();
      }
    },
  );

  it('has an example of a consumer that runs after it is copied', async () => {
    const { project, url } = given();
    project.copy('examples/consumer', 'consumer');
    const types = ['--types', 'node', '--typeRoots', packaged('@types')];
    await project.run(process.execPath, [packaged('typescript-7/bin/tsc'), '-p', 'consumer', ...types]);
    const abort = AbortSignal.timeout(PATIENCE.timeout);
    const state = project.path('state.json');
    const args = ['--import', packaged('tsx/dist/esm/index.mjs'), 'consumer/main.ts'];
    const child = spawn(process.execPath, args, {
      cwd: project.directory,
      env: { PATH: process.env.PATH, TASKPORT_URL: url, CONSUMER_STATE: state },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    abort.addEventListener('abort', () => child.kill());
    for await (const chunk of child.stdout) {
      lines.push(String(chunk));
      if (lines.join('').includes('Task Bound')) child.kill();
    }
    expect(lines.join('')).toMatch(/Task Bound {2}task:\/\/tasks-\w+\/hello {2}revision \d/);
  });
};
