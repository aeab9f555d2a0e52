import { randomUUID } from 'node:crypto';
import type { CompositionDependencies } from '../../lib/composition/dependencies.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { planComposition } from '../../lib/composition/plan-composition.ts';
import { reportTask } from '../../lib/composition/report-task.ts';
import { presentComposition } from '../../lib/composition/representation.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { elementPath } from '../../lib/element/element-path.ts';
import { parseId } from '../../lib/element/id.ts';
import { parseMemberId } from '../../lib/element/member-id.ts';
import { isProblem } from '../../lib/errors.ts';
import type { Attempt, Output } from '../../lib/execution/attempt.ts';
import { NOT_ASKED, PlanRefused, type ReportBody } from '../../lib/execution/control-plane.ts';
import type { EngineOutput } from '../../lib/execution/launch.ts';
import { enginePrincipal } from '../../lib/location/access.ts';
import type { RunnerDependencies } from '../../lib/location/runners.ts';
import type { OutputDependencies } from '../../lib/output/append-output.ts';
import { referOutput } from '../../lib/output/refer-output.ts';
import { eachPage } from '../../lib/page.ts';
import { FARGATE, isOfFargate } from './engine.ts';

const DISPATCHER = enginePrincipal(FARGATE);

/** Locations of a page. */
const PAGE = 100;
/** The most pages of runs to read of a location, and the runs of each: together far more than run at once. */
const RUNS = { pages: 20, limit: 1_000 };

type Needed = Pick<CompositionDependencies, 'compositions' | 'elements' | 'known' | 'idempotency' | 'now'> & {
  readonly blobs: Pick<CompositionDependencies['blobs'], 'readPaths'>;
};

type ServiceDependencies = Needed &
  Pick<RunnerDependencies, 'locations'> &
  Pick<RunnerDependencies, 'runners'> &
  Pick<OutputDependencies, 'outputs'>;

/** The calls of a dispatcher to the service, within the same process. */
export class Service {
  readonly #deps: ServiceDependencies;

  constructor(deps: ServiceDependencies) {
    this.#deps = deps;
  }

  async composition(executorId: string): Promise<CompositionJson | undefined> {
    if (!(await isOfFargate(this.#deps.known, executorId))) return undefined;
    const composition = await this.#deps.compositions.get(executorId);
    return composition && presentComposition(composition, () => true);
  }

  /** Executors with bound tasks that no report describes as running, in the latest 20,000 runs of each location. */
  async waiting(): Promise<string[]> {
    const { locations } = this.#deps;
    const found: string[] = [];
    for await (const page of eachPage((after) => locations.list(PAGE, after))) {
      for (const { name, engine } of page.items) {
        if (engine === FARGATE) found.push(...(await this.#waitingIn(name)));
      }
    }
    return found;
  }

  /** A page of the list can lack bound runs, and be followed by others: the list filters runs of any state. */
  async #waitingIn(location: string): Promise<readonly string[]> {
    const found: string[] = [];
    const query = { location, limit: RUNS.limit, state: 'bound' } as const;
    const read = (after: string | undefined) =>
      this.#deps.compositions.runs({ ...query, ...defined({ after }) });
    let pages = 0;
    for await (const { items } of eachPage(read)) {
      found.push(...items.map(({ executorId }) => executorId));
      pages += 1;
      if (pages === RUNS.pages) break;
    }
    return found;
  }

  async container(executorId: string): Promise<ComposedContainer> {
    for (;;) {
      const composition = await this.#deps.compositions.get(executorId);
      if (!composition) throw new PlanRefused('the composition is gone');
      try {
        return (await planComposition(this.#deps, DISPATCHER, composition, 'container')) as ComposedContainer;
      } catch (error) {
        if (isProblem(error, 'unsupported-by-target', 'permission-denied', 'not-found'))
          throw new PlanRefused(error.message);
        if (!isProblem(error, 'stale-handle')) throw error;
      }
    }
  }

  async report({ executorId, taskId, attempt }: Attempt, report: ReportBody): Promise<boolean> {
    const reported = { executor: parseId(executorId, 'executorId'), task: parseMemberId(taskId, 'taskId') };
    const caller = { principal: DISPATCHER, requestId: randomUUID() };
    try {
      await reportTask(this.#deps, caller, reported, { attempt, ...report });
      return true;
    } catch (error) {
      if (isProblem(error, ...NOT_ASKED)) return false;
      throw error;
    }
  }

  async outputAt(attempt: Attempt, since: string, output: EngineOutput): Promise<Output | undefined> {
    const { executorId, taskId } = attempt;
    if ('uri' in output) return { stdout: output.uri };
    const composition = await this.#deps.compositions.get(executorId);
    if (composition?.createdAt !== since) return undefined;
    await referOutput(this.#deps, composition, attempt, output.engineLog);
    const { location, name } = parseMemberId(taskId, 'taskId');
    const task = `${location}/${encodeURIComponent(name)}`;
    const path = `${elementPath(parseId(executorId, 'executorId'))}/tasks/${task}/attempts/${attempt.attempt}/output`;
    return { stdout: `taskport://${path}?stream=stdout` };
  }
}
