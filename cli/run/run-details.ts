import type { ReadElement } from '../../client/elements.ts';
import { ROOT } from '../../lib/composition/composition.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import type { ExecutorSpec } from '../../lib/element/executor-spec.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { commandLine } from '../details.ts';
import type { Session } from '../session.ts';
import type { Row } from '../table.ts';
import { isRefusal } from '../told-refusal.ts';
import { shortOf } from './made-by-run.ts';

/** How many executors are read at a time. */
const READS = 8;
const MAX_COMMAND = 40;

/** The command of a task, shortened if it is long. */
const commandOf = ({ process }: TaskSpec): string | undefined => {
  const said = commandLine([...(process?.entrypoint ?? []), ...(process?.args ?? [])]);
  if (said === '') return undefined;
  return said.length > MAX_COMMAND ? `${said.slice(0, MAX_COMMAND - 1)}…` : said;
};

const portsOf = ({ network }: ExecutorSpec): string | undefined =>
  network?.ports
    ?.map(
      ({ port, hostPort, hostAddress, protocol = 'tcp' }) =>
        `${hostAddress === undefined ? '' : `${hostAddress}:`}${hostPort ?? port}->${port}/${protocol}`,
    )
    .join(', ');

/** Details that the list of runs lacks: the image and command of a run, and the ports of its executor. */
export class RunDetails {
  readonly #session: Session;
  readonly #read = new Map<string, ReadElement | undefined>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Reads the details of these runs, each executor once. */
  async load(runs: readonly ListedRun[]): Promise<void> {
    const { taskport, call } = this.#session;
    const ids = [...new Set(runs.map(({ executorId }) => executorId))].filter((id) => !this.#read.has(id));
    await inParallel(ids, READS, call.signal, async (id) => {
      const fields = ['spec', 'composition'];
      const found = await taskport.elements.read(id, { fields, ...call }).catch((error: unknown) => {
        // The executor may be gone meanwhile.
        if (isRefusal(error)) return undefined;
        throw error;
      });
      this.#read.set(id, found);
    });
  }

  of({ executorId, id }: ListedRun): Row {
    const { composition, spec = {} } = this.#read.get(executorId) ?? {};
    const members = composition?.members ?? [];
    const root = members.find(({ mount }) => mount?.path === ROOT);
    const task = members.find((member) => member.id === id)?.task;
    return {
      image: root && shortOf(root.id),
      command: commandOf((task?.spec ?? {}) as TaskSpec),
      ports: portsOf(spec as ExecutorSpec),
    };
  }
}
