import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { OciMount } from '../../lib/composition/plan/oci-mount.ts';
import type { OciLayer } from '../../lib/composition/plan/oci-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { Output } from '../../lib/execution/attempt.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { LogSink, OpenLog, StreamName } from '../../lib/execution/log-sink.ts';
import type { DirectoryWatch } from './directory-watch.ts';
import type { CachedLayer } from './layer-cache.ts';
import { removeTree } from './mounts.ts';
import { prepareStream } from './output-pump.ts';
import { run } from './program.ts';
import type { Runtime } from './runtime.ts';
import { mountSecrets, type SecretOf, withSecrets } from './secrets.ts';
import { Shim } from './shim.ts';
import { type AttemptRecord, firstAttempt, furtherOf, ordersFor, programOf, writeRecord } from './state.ts';
import type { Storage } from './storage.ts';

interface Surroundings {
  readonly openSink: OpenLog;
  readonly secretOf?: SecretOf;
  readonly abort: AbortSignal;
}

export interface Launched {
  readonly record: AttemptRecord;
  readonly startedAt: string;
  /** Opened already. */
  readonly sinks: ReadonlyMap<StreamName, LogSink>;
}

const STEP_MS = 2;

/** One attempt on its way to run. Whatever it made is gone after `undo`. */
export class Launch {
  readonly #record: AttemptRecord;
  readonly directory: string;
  readonly #runtime: Runtime;
  readonly #around: Surroundings;
  readonly #shim: Shim;
  readonly #sinks = new Map<StreamName, LogSink>();
  #isLaunched = false;

  /** `directory` is there and empty. */
  constructor(record: AttemptRecord, directory: string, runtime: Runtime, around: Surroundings) {
    this.#record = record;
    this.directory = directory;
    this.#runtime = runtime;
    this.#around = around;
    this.#shim = new Shim(directory);
  }

  /** Puts all storage of a container into its bundle. */
  async assemble(storage: Storage, getLayer: (layer: OciLayer) => Promise<CachedLayer>): Promise<void> {
    const { plan, attempt } = this.#record;
    const place = {
      executorId: attempt.executorId,
      bundle: this.#at('bundle'),
      scratch: this.#at('scratch'),
    };
    await mkdir(place.bundle);
    const layers = await Promise.all(plan.storage.map((one) => Promise.all(one.layers.map(getLayer))));
    this.#around.abort.throwIfAborted();
    await allOrFirstFailure(
      plan.storage.map((one, at) => storage.assemble(one, layers[at] as CachedLayer[], place)),
    );
    this.#around.abort.throwIfAborted();
  }

  /** Runs it. Throws with the words of who refused. */
  async run(watch: DirectoryWatch): Promise<Launched> {
    const { openSink, abort } = this.#around;
    const { attempt } = this.#record;
    const orders = ordersFor(this.#record);
    const open = async (stream: StreamName): Promise<string | undefined> => {
      const order = orders.logging[stream];
      if (typeof order === 'string') return undefined;
      await prepareStream(this.directory, stream);
      const sink = await openSink(order, attempt, stream);
      this.#sinks.set(stream, sink);
      return sink.uri;
    };
    const [stdin, stdout, stderr] = await allOrFirstFailure([
      this.#prepareInput(orders.interaction.openStdin),
      open('stdout'),
      open('stderr'),
      this.#writeDocument(),
    ]);
    const output: Output = defined({ stdout, stderr });
    const record = { ...this.#record, output };
    await writeRecord(this.directory, record);
    abort.throwIfAborted();
    const container = this.#runtime.containerOf(firstAttempt(record));
    const command = furtherOf(record)
      ? this.#runtime.execCommand(container, 'process.json')
      : this.#runtime.runCommand(container);
    const goesTo = (stream: StreamName): string => (output[stream] === undefined ? '/dev/null' : stream);
    this.#isLaunched = true;
    await this.#shim.launch(command, { stdin, stdout: goesTo('stdout'), stderr: goesTo('stderr') });
    const startedAt = await this.#shim.running(programOf(record), watch);
    abort.throwIfAborted();
    return { record, startedAt, sinks: this.#sinks };
  }

  /** Ends what runs of it and removes everything. */
  async undo(): Promise<void> {
    for (const sink of this.#sinks.values()) await sink.close().catch(() => {});
    if (this.#isLaunched) {
      const pid = await this.#shim.pid();
      if (pid !== undefined && (await this.#shim.exit()) === undefined && (await this.#shim.isAlive()))
        process.kill(pid, 'SIGKILL');
      while (await this.#shim.isAlive()) await setTimeout(STEP_MS);
      if (furtherOf(this.#record) === undefined)
        await this.#runtime.delete(this.#runtime.containerOf(this.#record.attempt));
    }
    await removeTree(this.directory);
  }

  async #prepareInput(isOpen: boolean): Promise<string> {
    if (!isOpen) return '/dev/null';
    await run('mkfifo', ['-m', '600', this.#at('stdin')]);
    return 'stdin';
  }

  /** What the runtime reads; it holds the values of secrets, and so is nobody else's. */
  async #writeDocument(): Promise<void> {
    const { plan } = this.#record;
    const { secretOf } = this.#around;
    const further = furtherOf(this.#record);
    const {
      config: { process },
      executor,
    } = further ?? plan;
    if (process.terminal) throw new LaunchError('a terminal is not supported by this runner');
    const document = await withSecrets(process, executor, secretOf);
    if (further) return this.#writePrivate('process.json', document);
    const secrets: OciMount[] = await mountSecrets(plan, this.#at('secrets'), secretOf);
    const config = { ...plan.config, process: document, mounts: [...plan.config.mounts, ...secrets] };
    await this.#writePrivate('bundle/config.json', config);
  }

  async #writePrivate(name: string, document: unknown): Promise<void> {
    await rm(this.#at(name), { force: true });
    await writeFile(this.#at(name), JSON.stringify(document), { mode: 0o600 });
  }

  #at(name: string): string {
    return join(this.directory, name);
  }
}

/** All of them, or the first failure once none of them works on any more: what they made can be removed then. */
const allOrFirstFailure = async <T extends readonly unknown[]>(
  promises: readonly [...{ readonly [K in keyof T]: Promise<T[K]> }],
): Promise<T> => {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as T;
};
