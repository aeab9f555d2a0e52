import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packaged } from './packages.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The output of a program. Throws its output if it fails. */
export const output = async (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> => {
  const { PATH = '', HOME = '' } = process.env;
  const settings = { cwd: options.cwd, env: { PATH, HOME, ...options.env }, maxBuffer: 2 ** 26 };
  return (
    await run(command, args, settings).catch((error) => {
      throw new Error([error.message, error.stdout, error.stderr].join('\n'));
    })
  ).stdout;
};

/** An empty project outside the repository, with only the package installed: by npm, from the tarball as published. */
export class Project {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Packs the present build, with its declarations unless `isTyped` is false, and installs it. It does not build again, because others use
   * the build.
   */
  static async install({ isTyped = true } = {}): Promise<Project> {
    const source = mkdtempSync(join(tmpdir(), 'taskport-source-'));
    const project = new Project(mkdtempSync(join(tmpdir(), 'taskport-package-')));
    const npm = (cwd: string, ...args: string[]): string =>
      execFileSync('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], {
        cwd,
        encoding: 'utf8',
      });
    for (const name of ['package.json', 'README.md', 'LICENSE', 'dist'])
      cpSync(join(ROOT, name), join(source, name), { recursive: true });
    if (isTyped)
      await output(
        process.execPath,
        ['--import', 'tsx', 'build/declarations.ts', join(source, 'dist/types')],
        {
          cwd: ROOT,
          // Like in a script of npm.
          env: { PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
        },
      );
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project.directory];
    const [packed] = JSON.parse(npm(source, ...pack));
    rmSync(source, { recursive: true });
    project.write('package.json', { name: 'shop', private: true });
    npm(project.directory, 'install', '--prefer-offline', project.path(packed.filename));
    return project;
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  write(path: string, contents: object | string): void {
    writeFileSync(this.path(path), typeof contents === 'string' ? contents : JSON.stringify(contents));
  }

  /** Copies a file or a directory of this repository into it. */
  copy(from: string, to: string): void {
    cpSync(join(ROOT, from), this.path(to), {
      recursive: true,
      filter: (path) => !path.includes('/node_modules'),
    });
  }

  /** Links packages of `test/package` into it. */
  link(...names: string[]): void {
    for (const name of names) {
      const path = this.path('node_modules', name);
      mkdirSync(join(path, '..'), { recursive: true });
      symlinkSync(packaged(name), path);
    }
  }

  /** A copy in another directory, with its packages. */
  copiedTo(directory: string): Project {
    mkdirSync(dirname(directory), { recursive: true });
    // It has a thousand files, which Node copies in ten times the time.
    execFileSync('cp', ['-R', this.directory, directory]);
    return new Project(directory);
  }

  /** Runs a program in it, and answers the output. */
  run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    return output(command, args, { cwd: this.directory, env });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
