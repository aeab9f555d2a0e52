import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Exit } from '../../lib/execution/attempt.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { DirectoryWatch } from './directory-watch.ts';
import { exitOf, lastErrorIn } from './runtime.ts';
import { exists } from './state.ts';

/**
 * A shell that runs the runtime, gives it files for its streams, and writes down how it ended: it needs nobody, so that tasks go on
 * whatever becomes of whoever started them. It runs its command once per directory: `begun` is made by one only, and in a directory
 * that was removed by none. `exit` is written in place, where there is room for it even on a full disk.
 */
const SCRIPT = `set -C
: > begun || exit
set +C
in=$1 out=$2 err=$3
shift 3
echo $$ > begun && "$@" <>"$in" >>"$out" 2>>"$err"
printf '%3d\\n' $? 1<>exit`;

const NO_EXIT = '    ';
/** How a process is called that has not become the task yet (runc, `init`). */
const RUNTIME_INIT = /^[^\0]*runc[^\0]*\0init\0$/;
/** What the runtime says where the kernel refuses a program that is there. */
const NOT_EXECUTED = /^exec (.+): [a-z ]+\n$/;
const STEP_MS = 1;

/** Where the streams of a command are: names of files in its directory, or paths. */
export interface Streams {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs in the directory of an attempt, or has run there; all that is known of it is in files. */
export class Shim {
  readonly #directory: string;
  /** The shell, where it was launched here. */
  #child: ChildProcess | undefined;

  /** `directory` is a real path. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Runs a command detached. Throws where there is no shell. */
  async launch(command: readonly string[], { stdin, stdout, stderr }: Streams): Promise<void> {
    await writeFile(this.#at('exit'), NO_EXIT);
    const child = spawn('sh', ['-c', SCRIPT, 'taskport', stdin, stdout, stderr, ...command], {
      cwd: this.#directory,
      detached: true,
      stdio: 'ignore',
    });
    this.#child = child;
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
  }

  hasBegun(): Promise<boolean> {
    return exists(this.#at('begun'));
  }

  /** The process of the task, as the runtime wrote it down. */
  async pid(): Promise<number | undefined> {
    const written = await readFile(this.#at('pid'), 'utf8').catch(() => '');
    return written === '' ? undefined : Number(written);
  }

  /** How it ended, and when; undefined while it runs. */
  async exit(): Promise<(Exit & { readonly at: string }) | undefined> {
    const written = await readFile(this.#at('exit'), 'utf8').catch(() => '');
    if (!written.endsWith('\n')) return undefined;
    const { mtime } = await stat(this.#at('exit'));
    return { ...exitOf(Number(written)), at: mtime.toISOString() };
  }

  /** Whether somebody will write down how it ends. */
  async isAlive(): Promise<boolean> {
    const pid = (await readFile(this.#at('begun'), 'utf8').catch(() => '')).trim();
    if (pid === '') return false;
    // A process of that number somewhere else is another one.
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === this.#directory;
  }

  /** Writes down that it was killed: of what was killed together with its shim nothing else is known. */
  async markKilled(): Promise<Exit & { readonly at: string }> {
    await writeFile(this.#at('exit'), '137\n', { flag: 'r+' }).catch(() => {});
    return { exitSignal: 'KILL', at: new Date().toISOString() };
  }

  /**
   * Settles once the task, which is that program, runs, with the time when it began; also where it has ended meanwhile. Throws `LaunchError` where the
   * runtime did not start it, in its words.
   */
  async running(program: string, watch: DirectoryWatch): Promise<string> {
    for (;;) {
      const version = watch.version('pid', 'exit');
      const pid = await this.pid();
      if (pid !== undefined) return this.#executed(pid, program);
      if ((await this.exit()) !== undefined || !(await this.#isLaunched())) {
        // It may have come and gone between the two looks.
        if ((await this.pid()) === undefined) throw new LaunchError(await this.#words());
        continue;
      }
      await watch.after(version, 'pid', 'exit');
    }
  }

  async #isLaunched(): Promise<boolean> {
    if (this.#child === undefined) return this.isAlive();
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until the process has become the task, which it does right after the runtime has written it down. */
  async #executed(pid: number, program: string): Promise<string> {
    let called: string;
    do called = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    while (RUNTIME_INIT.test(called) && (await setTimeout(STEP_MS, true)));
    if (called === '') await this.#assertExecuted(program);
    return (await stat(this.#at('pid'))).mtime.toISOString();
  }

  /** Throws where a process that is gone was never the task: it has printed nothing but why. */
  async #assertExecuted(program: string): Promise<void> {
    const said = await readFile(this.#at('stderr'), 'utf8').catch(() => '');
    const [, refused = ''] = NOT_EXECUTED.exec(said) ?? [];
    const { size } = await stat(this.#at('stdout')).catch(() => ({ size: 0 }));
    if (refused === '' || basename(refused) !== basename(program) || size > 0) return;
    while ((await this.exit()) === undefined && (await this.isAlive())) await setTimeout(STEP_MS);
    const exit = await this.exit();
    if (exit !== undefined && 'exitCode' in exit && exit.exitCode === 1) throw new LaunchError(said.trim());
  }

  async #words(): Promise<string> {
    const said = (await readFile(this.#at('stderr'), 'utf8').catch(() => '')).trim();
    return (await lastErrorIn(this.#at('log'))) ?? (said || 'the runtime ended before it ran anything');
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }
}
