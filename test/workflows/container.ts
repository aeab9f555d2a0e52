/** Runs bound tasks, like the owners of machines: a runner for each location of executors. */
import { inject } from 'vitest';
import { programs } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { clearEngine, startRunner, stateDirectory } from '../runner-process.ts';
import { type Layer, packLayer, rootFilesystem } from './layer.ts';

/** Why nothing can run here; undefined if it can. */
export const withoutEngine = withoutDocker;

/** A root filesystem with a shell and the named programs; without an engine, only its bytes matter. */
export const runnableRoot = (...more: readonly string[]): Promise<Layer> =>
  withoutEngine() === undefined ? packLayer(programs('/bin/sh', ...more)) : rootFilesystem();

/** The runners of one workflow. */
export class Runners {
  readonly #url: string;
  readonly #ends = new Map<string, () => Promise<void>>();

  constructor(url: string) {
    this.#url = url;
  }

  /** Starts the runner of a location, unless it runs; answers its command. */
  async start(location: string): Promise<string> {
    if (!this.#ends.has(location)) {
      const state = stateDirectory();
      const runner = await startRunner(this.#url, inject('dockerHost'), location, '--state', state.path);
      this.#ends.set(location, async () => {
        await runner.stop();
        clearEngine(inject('dockerHost'), { service: this.#url, location });
        state.remove();
      });
    }
    return `taskport runner --executor-location ${location}`;
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.values()) await end();
  }
}
