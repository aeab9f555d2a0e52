/** A runner on this machine, with layers of busybox, in a directory of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileSink } from '../../../cli/logs/file-sink.ts';
import { RuncExecutor, type RuncExecutorOptions } from '../../../cli/runc/runc-executor.ts';
import type { OciPlan } from '../../../lib/composition/plan/oci-schema.ts';
import type { Layer, PlanInput } from '../../../lib/composition/plan/plan-input.ts';
import type { Checksum } from '../../../lib/element/checksum.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import type { Attempt } from '../../../lib/execution/attempt.ts';
import type { Execution } from '../../../lib/execution/engine.ts';
import { archiveOf, busyboxTree } from '../../busybox.ts';
import { planOf, renderOci } from '../../lib/composition/plan/rendered.ts';
import { inputOf, storage, task } from '../../lib/composition/plan/some-input.ts';
import { checksumOf } from '../../workflows/layer.ts';

/** What the API would hand out, by the names of elements. */
const archives = new Map<string, Buffer>();

const BASE = 'image://library/base';
export const LOG = 'log://logs/all';
export const MAIN: Attempt = { executorId: 'executor://boxes/box-1', taskId: 'task://jobs/main', attempt: 1 };
export const SIDE: Attempt = { ...MAIN, taskId: 'task://jobs/side' };

/** Puts an archive where layers are fetched, and answers its layer. */
export const offer = (id: string, bytes: Buffer): Layer => {
  archives.set(id, bytes);
  return { id, checksum: checksumOf(bytes) as Checksum, size: bytes.length, ro: {} };
};

export const bytesOf = (id: string): Buffer => archives.get(id) as Buffer;

export const busybox = async (): Promise<Layer> => offer(BASE, await archiveOf(busyboxTree()));

let fetched = 0;
export const fetches = (): number => fetched;
const fetchLayer: RuncExecutorOptions['fetchLayer'] = async (href, take) => {
  const [kind, location, name = ''] = href.split('/').slice(3);
  const bytes = archives.get(`${kind}://${location}/${decodeURIComponent(name)}`) as Buffer;
  fetched += 1;
  for (let at = 0; at < bytes.length; at += 65_536) await take(bytes.subarray(at, at + 65_536));
  return { checksum: checksumOf(bytes) };
};

export const sh = (script: string, more: TaskSpec = {}): TaskSpec => ({
  ...more,
  process: { args: ['/bin/sh', '-c', script], ...more.process },
});

/** A plan of scripts on busybox; everything is logged to one log. */
export const planFor = (base: Layer, spec: TaskSpec, parts: Partial<PlanInput> = {}): OciPlan =>
  planOf(
    renderOci(
      inputOf({
        storage: [storage(BASE, '/', [base])],
        tasks: [task(MAIN.taskId, spec)],
        logs: [{ id: LOG, spec: {} }],
        ...parts,
      }),
    ),
  );

export const root = (base: Layer, ...more: readonly Layer[]) =>
  storage(more.at(-1)?.id ?? BASE, '/', [base, ...more]);

const machines = new Set<Machine>();

export class Machine {
  readonly directory: string;
  readonly executor: RuncExecutor;

  constructor(options: Partial<RuncExecutorOptions> = {}) {
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'taskport-runc-'));
    this.executor = new RuncExecutor({
      fetchLayer,
      openSink: openFileSink(join(this.directory, 'logs')),
      ...options,
      directory: this.directory,
    });
    machines.add(this);
  }

  start(plan: OciPlan, attempt: Attempt = MAIN): Promise<Execution> {
    return this.executor.start(attempt, plan, { abort: new AbortController().signal });
  }

  /** How it ended, and the lines of both streams. */
  async run(plan: OciPlan, attempt: Attempt = MAIN): Promise<{ exit: object; lines: string[] }> {
    const { ended } = await this.start(plan, attempt);
    const { at: _, ...exit } = await ended;
    return { exit, lines: this.lines(attempt) };
  }

  lines(attempt: Attempt = MAIN): string[] {
    return this.log()
      .filter(
        (line) =>
          line.task === attempt.taskId &&
          line.executor === attempt.executorId &&
          line.attempt === attempt.attempt,
      )
      .map(({ text }) => text);
  }

  log(): { executor: string; task: string; attempt: number; stream: string; text: string; at: string }[] {
    const path = join(this.directory, 'logs/logs/all.log');
    try {
      return readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }

  /** What is left of attempts. */
  attempts(): string[] {
    try {
      return readdirSync(join(this.directory, 'attempts'));
    } catch {
      return [];
    }
  }

  containers(): { pid: number; status: string }[] {
    const { stdout } = spawnSync('runc', ['--root', join(this.directory, 'runc'), 'list', '-f', 'json'], {
      encoding: 'utf8',
    });
    return JSON.parse(stdout || 'null') ?? [];
  }

  mounts(): string[] {
    const table = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return table
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${this.directory}/`));
  }
}

/** Ends and removes everything that tests have left, whatever became of them. */
export const cleanUp = async (): Promise<void> => {
  for (const machine of machines) {
    await machine.executor.close();
    const state = join(machine.directory, 'runc');
    const { stdout } = spawnSync('runc', ['--root', state, 'list', '-q'], { encoding: 'utf8' });
    for (const id of stdout.split('\n').filter(Boolean))
      spawnSync('runc', ['--root', state, 'delete', '--force', id]);
    for (const path of machine.mounts().reverse()) spawnSync('umount', [path]);
    // What is removed through a mount is gone where it came from.
    if (machine.mounts().length > 0) throw new Error(`${machine.mounts()} stay mounted`);
    // A shim may still be at its last command there.
    spawnSync('umount', ['-q', '-l', machine.directory]);
    rmSync(machine.directory, { recursive: true, force: true, maxRetries: 5 });
  }
  machines.clear();
};

export const emptyDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'taskport-runc-'));
