/** A service, two machines, and the state of locations: the holder of the lease, and the running tasks. */
import { vi } from 'vitest';
import { Stage } from '../cli/runner.ts';
import { PATIENCE } from '../patience.ts';
import { madeOn, type RunnerProcess, spawnRunner, stateDirectory } from '../runner-process.ts';
import { Machine } from './machine.ts';

/**
 * Seconds until another engine may have the tasks of a silent runner. It ends them after two fifths of that, also if only a busy machine keeps
 * it from asking.
 */
export const SILENCE = 30;
/** A look at an engine starts a process, and blocks the service meanwhile. */
const SELDOM = { ...PATIENCE, interval: 500 };

export class Places {
  readonly stage: Stage;
  readonly machines: readonly [Machine, Machine];
  readonly #states: ReturnType<typeof stateDirectory>[] = [];
  readonly #runners: { readonly location: string; readonly runner: RunnerProcess }[] = [];

  private constructor(stage: Stage, machines: readonly [Machine, Machine]) {
    this.stage = stage;
    this.machines = machines;
  }

  static async open(): Promise<Places> {
    process.env.TASKPORT_SILENCE_SECONDS = String(SILENCE);
    const [stage, ...machines] = await Promise.all([Stage.open(), Machine.start(), Machine.start()]);
    return new Places(stage, machines);
  }

  /** Starts a runner of a location on a machine. */
  runner(machine: Machine, location: string, ...more: readonly string[]): RunnerProcess {
    const options = ['--state', this.#state(), ...more];
    return this.#kept(location, machine.runner(this.stage.url, location, options));
  }

  /** Starts a runner whose clock is set back by an hour at each SIGUSR2. */
  runnerSetBack(machine: Machine, location: string): RunnerProcess {
    const env = { NODE_OPTIONS: `--import=${new URL('./set-back.mjs', import.meta.url).href}` };
    return this.#kept(location, machine.runner(this.stage.url, location, ['--state', this.#state()], env));
  }

  /** Starts a runner of a location here, for the engine of a machine, like on a third machine with access to the engine. */
  distantRunner(machine: Machine, location: string, ...more: readonly string[]): RunnerProcess {
    const options = ['--state', this.#state(), ...more];
    return this.#kept(location, spawnRunner([], this.stage.url, machine.engine.host, location, ...options));
  }

  lease(location: string) {
    return this.stage.taskport.runners.read(location);
  }

  /** The tasks of a location that run on a machine: the IDs of their containers. */
  running(machine: Machine, location: string): string[] {
    const made = { service: this.stage.url, location };
    return madeOn(machine.engine.host, made, 'container', '{{.Label "dev.taskport.kind"}} {{.State}} {{.ID}}')
      .filter((line) => line.startsWith('task running '))
      .map((line) => line.split(' ')[2] as string);
  }

  /** Waits until this number of tasks runs there. */
  async runs(machine: Machine, location: string, count: number): Promise<string[]> {
    return vi.waitUntil(() => {
      const ids = this.running(machine, location);
      return ids.length === count && ids;
    }, SELDOM) as Promise<string[]>;
  }

  /** Discards unsaved writes to a volume, as an administrator. */
  async release(volumeId: string): Promise<void> {
    const { ok, status } = await fetch(
      `${this.stage.url}/v1/elements/${volumeId.replace('://', '/')}/attachment`,
      { method: 'DELETE' },
    );
    if (!ok) throw new Error(`the release of ${volumeId}: ${status}`);
  }

  /** The copies of a volume that an engine keeps aside, by the names of the engine's volumes. */
  aside(machine: Machine, location: string, volumeId: string): string[] {
    const label = (name: string): string => `{{.Label "dev.taskport.${name}"}}`;
    const format = `${label('kind')} ${label('instance')} ${label('storage')} {{.Name}}`;
    const made = madeOn(machine.engine.host, { service: this.stage.url, location }, 'volume', format);
    const lines = made.map((line) => line.split(' '));
    const kept = new Set(lines.flatMap(([kind, name]) => (kind === 'kept' ? [name] : [])));
    return lines.flatMap(([, , id, name = '']) => (id === volumeId && kept.has(name) ? [name] : []));
  }

  async close(): Promise<void> {
    await this.stopRunners();
    for (const machine of this.machines) await machine.stop();
    await this.stage.close();
    for (const state of this.#states) state.remove();
  }

  /** Stops all runners, because the next test does not need them. Prints their output after a failure. */
  async stopRunners(hasFailed = false): Promise<void> {
    for (const { location, runner } of this.#runners.splice(0)) {
      await runner.stop();
      if (hasFailed) console.error(`a runner of ${location}:\n${runner.said()}`);
    }
  }

  #kept(location: string, runner: RunnerProcess): RunnerProcess {
    this.#runners.push({ location, runner });
    return runner;
  }

  #state(): string {
    const state = stateDirectory();
    this.#states.push(state);
    return state.path;
  }
}
