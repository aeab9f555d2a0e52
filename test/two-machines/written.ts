/** An executor whose tasks write to a volume, and the fate of their writes. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { sh } from '../cli/runner.ts';
import { PATIENCE } from '../patience.ts';
import type { Places } from './places.ts';

export class Written {
  readonly #places: Places;
  readonly location: string;
  readonly executorId: string;
  readonly volumeId: string;
  #tasks = 0;

  constructor(places: Places, name: string) {
    this.#places = places;
    this.location = name;
    this.executorId = `executor://${name}/${name}`;
    this.volumeId = `volume://data-${name}/state`;
  }

  get #taskport() {
    return this.#places.stage.taskport;
  }

  /** Makes its location, and mounts its volume at `/data`. */
  async furnish(): Promise<void> {
    await this.#places.stage.place(this.location);
    await this.#taskport.locations.create({ name: `data-${this.location}`, kind: 'volume' });
    await this.#places.stage.furnish(this.executorId);
    await this.#places.stage.mount(this.executorId, this.volumeId, '/data');
  }

  /** Binds a task that runs a script; answers its ID. */
  async start(script: string): Promise<string> {
    this.#tasks += 1;
    const id = `task://jobs/${this.location}-script-${this.#tasks}`;
    const { compositions, elements } = this.#taskport;
    await elements.create({ id, spec: { ...sh(script) } as Record<string, unknown> });
    const { handle } = await compositions.open(this.executorId);
    const joined = await compositions.join(handle, { id });
    await compositions.bind(joined.handle);
    return id;
  }

  /** Waits until a task has the expected state. */
  async comesTo(taskId: string, run: object): Promise<void> {
    await vi.waitFor(
      async () => expect(await this.#places.stage.task(this.executorId, taskId)).toMatchObject(run),
      PATIENCE,
    );
  }

  /** Runs a script to its end; its volume stays bound. */
  async run(script: string): Promise<void> {
    const id = await this.start(script);
    await this.comesTo(id, { state: 'exited', exitCode: 0 });
    await this.leave(id);
  }

  /** Removes a task. */
  async leave(id: string): Promise<void> {
    await this.#places.stage.unbind(this.executorId, id);
    const { handle } = await this.#taskport.compositions.open(this.executorId);
    await this.#taskport.compositions.leave(handle, id);
  }

  async unbind(): Promise<void> {
    await this.#places.stage.unbind(this.executorId, this.volumeId);
  }

  async member() {
    const { composition } = await this.#taskport.elements.read(this.executorId);
    return composition?.members.find(({ id }) => id === this.volumeId);
  }

  /** Waits until the writes are saved, or there were none. */
  async settles(outcome: string): Promise<void> {
    await vi.waitFor(async () => {
      const member = await this.member();
      expect(member).toMatchObject({ bound: false, settled: { outcome } });
      expect(member).not.toHaveProperty('saving');
    }, PATIENCE);
  }

  /** Waits until the volume is reported as unsaved for a reason. */
  async fails(code: string | RegExp): Promise<void> {
    await vi.waitFor(
      async () =>
        expect(await this.member()).toMatchObject({
          saving: { problem: { code: typeof code === 'string' ? code : expect.stringMatching(code) } },
        }),
      PATIENCE,
    );
  }

  /** A file of the volume in the service. */
  async saved(directory: string, name: string): Promise<string> {
    const file = join(directory, `${this.location}.tar`);
    await this.#taskport.data.download(this.volumeId, file);
    return execFileSync('tar', ['--wildcards', '-xOf', file, `*${name}`], { encoding: 'utf8' });
  }
}
