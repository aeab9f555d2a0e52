import { printable } from '../../cli/details.ts';
import type { BridgeEvent } from './bus-entry.ts';
import { EXECUTORS, type RunnerNote } from './runner.ts';
import { toldEvent, toldLine } from './told-event.ts';

/** Prints what a host does: as text for people, or as lines of JSON. */
export class Teller {
  readonly #isJson: boolean;
  readonly #usualUrl: string;
  #url = '';
  /** Events before the address is told. */
  readonly #early: BridgeEvent[] = [];
  #saidWhatNext = false;

  /** `usualUrl` is the default URL of the user's command line. */
  constructor(isJson: boolean, usualUrl: string) {
    this.#isJson = isJson;
    this.#usualUrl = usualUrl;
  }

  event = (event: BridgeEvent): void => {
    if (this.#url === '') this.#early.push(event);
    else this.#say(event, () => toldEvent(event));
  };

  listening(url: string, data: string): void {
    this.#url = url;
    this.#say(
      { listening: url, console: `${url}/`, data },
      () => `listening on ${url}\n  console  ${url}/\n  data     ${data}`,
    );
    for (const event of this.#early.splice(0)) this.event(event);
  }

  note = (told: RunnerNote): void =>
    this.#say({ runner: told }, () => {
      const { note, executorId = '', taskId, attempt } = told;
      const where = taskId?.startsWith(executorId) ? [] : [executorId];
      const of = taskId === undefined ? [] : [taskId, ...where, `attempt ${attempt}`];
      return toldLine(Date.now(), 'runner', [...of, note ?? '']);
    });

  /** The runner runs bound tasks. */
  ready = (): void => {
    if (this.#isJson || this.#saidWhatNext) return;
    this.#saidWhatNext = true;
    console.log(`\nNext: ${this.#command('run alpine:3.20 -- echo hello')}\n`);
  };

  /** No engine can run tasks. */
  lack = (why: string): void =>
    this.#say({ runner: { detail: why } }, () =>
      [
        `\nTasks are not run: ${printable(why)}.`,
        'Everything else works. To have tasks run, get Docker (https://docs.docker.com/get-docker/) or Podman (https://podman.io/docs/installation), start it, and run',
        `  ${this.#command(`runner --executor-location ${EXECUTORS}`)}`,
      ].join('\n'),
    );

  /** A command as the user types it for this host. */
  #command(args: string): string {
    const where = this.#url === this.#usualUrl ? '' : `TASKPORT_URL=${this.#url} `;
    return `${where}npx taskport ${args}`;
  }

  #say(told: object, format: () => string): void {
    console.log(this.#isJson ? JSON.stringify(told) : format());
  }
}
