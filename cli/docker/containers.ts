import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { defined } from '../../lib/defined.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import { except, statusOf, wordsOf } from './api-error.ts';
import { filtersOf, isLabelled, type Made, type Scope } from './labels.ts';
import type { Persist } from './persist.ts';

/** How often the runner looks at a container that the engine removes. */
const REMOVING_MS = 25;
/** The time that an engine gives for a container that never started. */
const NEVER = /^0001-/;

export const hasBegun = ({ State }: ContainerInspectInfo): boolean =>
  State.StartedAt !== '' && !NEVER.test(State.StartedAt);

/**
 * Containers of an engine. An answer may be lost after the engine has acted: each method repeats a call without an answer, and the
 * repetition changes nothing. They throw the engine's refusals.
 */
export class Containers {
  readonly docker: Dockerode;
  readonly #persist: Persist;

  constructor(docker: Dockerode, persist: Persist) {
    this.docker = docker;
    this.#persist = persist;
  }

  /** The containers of a runner that are of this kind. */
  async list(scope: Scope, made: Pick<Made, 'kind'>): Promise<ContainerInfo[]> {
    const filters = filtersOf(scope, made);
    const found = await this.#persist(() => this.docker.listContainers({ all: true, filters }));
    return found.filter(({ Labels }) => isLabelled(Labels, scope, made));
  }

  /** The container of this ID or name; undefined if there is none. */
  inspect(id: string): Promise<ContainerInspectInfo | undefined> {
    return this.#persist(() => this.docker.getContainer(id).inspect().catch(except(404)));
  }

  /** Creates a container under a unique name, and answers its ID. */
  create(name: string, body: object): Promise<string> {
    return this.#persist(async () => {
      // Otherwise the client also puts the whole body into the address, which engines log.
      const options = { _query: { name }, _body: body } as Dockerode.ContainerCreateOptions;
      const made = await this.docker.createContainer(options).catch(except(409));
      if (made) return made.id;
      const found = await this.docker.getContainer(name).inspect().catch(except(404));
      if (found) return found.Id;
      // The engine is still creating a container of this name.
      throw new Error('the engine does not have it yet');
    });
  }

  /** Starts a container that may be started repeatedly, because it never ends by itself. */
  async keepUp(id: string): Promise<void> {
    await this.#persist(() => this.docker.getContainer(id).start().catch(except(304)));
  }

  /**
   * Starts a container that may run only once. If the call were repeated, an engine would start an ended container again. So if no answer
   * arrives, this looks at the container; if it has not started, this removes it, which also cancels a start still on its way, and answers
   * false: the caller creates another.
   */
  async startOnce(id: string): Promise<boolean> {
    const container = this.docker.getContainer(id);
    try {
      await container.start().catch(except(304));
      return true;
    } catch (error) {
      // Another caller removed it, and saves what was written.
      if (statusOf(error) === 404) return false;
      if (statusOf(error) !== undefined) throw error;
    }
    const found = await this.inspect(id);
    if (found && hasBegun(found)) return true;
    // The engine does not remove it if it runs by now.
    const refused = await this.#persist(() =>
      container.remove({ v: true }).then(() => false, except(404, 409)),
    );
    return refused === undefined && (await this.inspect(id)) !== undefined;
  }

  /** Sends a signal, named without `SIG`, once; does nothing if the container does not run. */
  async signal(id: string, name: string): Promise<void> {
    // A second KILL changes nothing.
    const sent = name === 'KILL' ? undefined : await this.#hearSignals(id);
    try {
      await this.#persist(async () => {
        try {
          await this.docker.getContainer(id).kill({ signal: String(signalNumber(name)) });
        } catch (error) {
          if (
            [404, 409].includes(statusOf(error) ?? 0) ||
            /is not running|no such process|can only kill running/i.test(wordsOf(error))
          )
            return;
          if (statusOf(error) !== undefined || !(await sent?.hasBeen())) throw error;
        }
      });
    } finally {
      sent?.close();
    }
  }

  /**
   * Watches from now on whether the engine sends a container a signal. An engine keeps only some hundreds of events, so this listens at
   * once. It also queries the kept events if it has heard nothing, because what it listens to may be late or broken off.
   */
  async #hearSignals(id: string) {
    const read = (times: { readonly since: string; readonly until?: string }) =>
      this.docker.getEvents({ ...times, filters: { container: [id], event: ['kill'] } } as object);
    let isHeard = false;
    const hear = (said: unknown): void => {
      isHeard ||= String(said).trim() !== '';
    };
    const since = await this.#time();
    const events = (await this.#persist(() => read({ since }))) as Readable;
    events.on('data', hear).on('error', () => {});
    return {
      hasBeen: async (): Promise<boolean> => {
        if (isHeard) return true;
        const until = await this.#time();
        await this.#persist(async () => {
          for await (const said of await read({ since, until })) hear(said);
        });
        return isHeard;
      },
      close: () => void events.destroy(),
    };
  }

  /** The engine's clock, in seconds. */
  async #time(): Promise<string> {
    const { SystemTime } = await this.#persist(() => this.docker.info());
    const [, fraction = ''] = /\.(\d+)/.exec(SystemTime) ?? [];
    return `${Math.floor(Date.parse(SystemTime) / 1000)}.${fraction.padEnd(9, '0')}`;
  }

  /** Renames a container. */
  async rename(id: string, name: string): Promise<void> {
    await this.#persist(async () => {
      try {
        await this.docker.getContainer(id).rename({ name });
      } catch (error) {
        const found = await this.docker.getContainer(id).inspect().catch(except(404));
        if (found && found.Name.replace(/^\//, '') !== name) throw error;
      }
    });
  }

  /** Ends and removes a container and its unnamed volumes. */
  async remove(id: string): Promise<void> {
    await this.#persist(async () => {
      const refused = await this.docker
        .getContainer(id)
        .remove({ force: true, v: true })
        .then(() => false, except(404, 409));
      // The engine is already removing it.
      if (refused === undefined && (await this.inspect(id)) !== undefined)
        throw new Error('the engine still has it');
    });
  }

  /** If an answer breaks off, the client waits for its rest for ever, and this answer begins long before its end; so this reads it as a stream. */
  async #wait(id: string, abortSignal: AbortSignal | undefined): Promise<void> {
    const call = {
      ...defined({ abortSignal }),
      path: `/containers/${id}/wait`,
      method: 'POST',
      isStream: true,
      statusCodes: { 200: true },
    };
    const answer = await new Promise<unknown>((settle, fail) => {
      this.docker.modem.dial(call, (error, stream) => (error ? fail(error) : settle(stream)));
    });
    for await (const _ of answer as AsyncIterable<Buffer>);
  }

  /** Settles with the final state once a container has ended. Rejects when the signal aborts; its connection keeps no process running. */
  async ended(id: string, abort?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    for (;;) {
      await this.#persist(() => this.#wait(id, abort).catch(except(404)));
      const found = await this.inspect(id);
      // If somebody removes it by force, its end is unknown, though the container exists for some moments more.
      if (found?.State.Status !== 'removing' && !found?.State.Running) return found;
      await sleep(REMOVING_MS);
    }
  }
}
