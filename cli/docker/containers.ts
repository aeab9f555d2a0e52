import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { defined } from '../../lib/defined.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import { except, statusOf, wordsOf } from './api-error.ts';
import type { Persist } from './persist.ts';

/** How often a container is looked at that somebody removes. */
const REMOVING_MS = 25;
/** What an engine says of a container that never began. */
const NEVER = /^0001-/;

export const hasBegun = ({ State }: ContainerInspectInfo): boolean =>
  State.StartedAt !== '' && !NEVER.test(State.StartedAt);

/**
 * Containers of an engine. An answer may be lost of something that was done: every call here is made again where none comes, and then does
 * nothing for a second time. They throw what the engine refuses.
 */
export class Containers {
  readonly docker: Dockerode;
  readonly #persist: Persist;

  constructor(docker: Dockerode, persist: Persist) {
    this.docker = docker;
    this.#persist = persist;
  }

  list(filters: { readonly label: string[] }): Promise<ContainerInfo[]> {
    return this.#persist(() => this.docker.listContainers({ all: true, filters }));
  }

  /** By its ID or its name; undefined where there is none. */
  inspect(id: string): Promise<ContainerInspectInfo | undefined> {
    return this.#persist(() => this.docker.getContainer(id).inspect().catch(except(404)));
  }

  /** Makes a container of a name that no other has, and answers its ID. */
  create(name: string, body: object): Promise<string> {
    return this.#persist(async () => {
      // Otherwise the client puts all of it into the address as well, where engines log it.
      const options = { _query: { name }, _body: body } as Dockerode.ContainerCreateOptions;
      const made = await this.docker.createContainer(options).catch(except(409));
      if (made) return made.id;
      const found = await this.docker.getContainer(name).inspect().catch(except(404));
      if (found) return found.Id;
      // The name is taken by one that is still being made.
      throw new Error('it is not there yet');
    });
  }

  /** Has a container begin that may do so any number of times: it never ends by itself. */
  async keepUp(id: string): Promise<void> {
    await this.#persist(() => this.docker.getContainer(id).start().catch(except(304)));
  }

  /**
   * Has a container begin that may do so once. To be told again to start, an engine runs what has ended by then a second time; so where no answer
   * comes, it is looked at. Where it has not begun it is taken away, and with it whatever is still on its way to it, and false is answered:
   * another is to be made.
   */
  async startOnce(id: string): Promise<boolean> {
    const container = this.docker.getContainer(id);
    try {
      await container.start().catch(except(304));
      return true;
    } catch (error) {
      // Somebody took it away: who saves what was written does so.
      if (statusOf(error) === 404) return false;
      if (statusOf(error) !== undefined) throw error;
    }
    const found = await this.inspect(id);
    if (found && hasBegun(found)) return true;
    // One that runs by now is not taken away.
    const refused = await this.#persist(() =>
      container.remove({ v: true }).then(() => false, except(404, 409)),
    );
    return refused === undefined && (await this.inspect(id)) !== undefined;
  }

  /** Sends a signal by its name without `SIG`, once; nothing where it does not run. */
  async signal(id: string, name: string): Promise<void> {
    // To be killed twice is to be killed.
    const sent = name === 'KILL' ? undefined : await this.#hearSignals(id);
    try {
      await this.#persist(async () => {
        try {
          await this.docker.getContainer(id).kill({ signal: String(signalNumber(name)) });
        } catch (error) {
          if (
            [404, 409].includes(statusOf(error) ?? 0) ||
            /is not running|no such process/i.test(wordsOf(error))
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
   * Hears from now on whether the engine sends a container a signal. An engine keeps some hundreds of events, and others may have come by the
   * time that it is asked: it is heard at once, and asked in case that it could not be heard.
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
        const until = await this.#time();
        await this.#persist(async () => {
          for await (const said of await read({ since, until })) hear(said);
        });
        return isHeard;
      },
      close: () => void events.destroy(),
    };
  }

  /** What time it is for the engine, in seconds. */
  async #time(): Promise<string> {
    const { SystemTime } = await this.#persist(() => this.docker.info());
    const [, fraction = ''] = /\.(\d+)/.exec(SystemTime) ?? [];
    return `${Math.floor(Date.parse(SystemTime) / 1000)}.${fraction.padEnd(9, '0')}`;
  }

  /** Gives a container another name. */
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

  /** Ends and removes a container, with the volumes that nobody has a name for. */
  async remove(id: string): Promise<void> {
    await this.#persist(async () => {
      const refused = await this.docker
        .getContainer(id)
        .remove({ force: true, v: true })
        .then(() => false, except(404, 409));
      // It is being removed already.
      if (refused === undefined && (await this.inspect(id)) !== undefined)
        throw new Error('it is there still');
    });
  }

  /** Of an answer that breaks off the client waits for the rest for ever, and this one begins long before its end: it is read as a stream. */
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

  /** Settles once a container does not run, with what is left of it. Once it is aborted, it fails, and its connection keeps no process up. */
  async ended(id: string, abort?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    for (;;) {
      await this.#persist(() => this.#wait(id, abort).catch(except(404)));
      const found = await this.inspect(id);
      // Of one that somebody removes by force nothing is known, though it is there for some moments more.
      if (found?.State.Status !== 'removing' && !found?.State.Running) return found;
      await sleep(REMOVING_MS);
    }
  }
}
