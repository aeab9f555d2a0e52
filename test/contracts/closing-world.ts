import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { compositionKey, elementKey } from '../../lib/adapters/dynamodb/keys.ts';
import { type Composition, isRunning, isTask, type Member } from '../../lib/composition/composition.ts';
import { parseMemberId } from '../../lib/element/member-id.ts';
import type { Api } from './api.ts';
import { park } from './interleaver.ts';
import { seeing } from './parked-calls.ts';
import { type Interception, isWrite } from './stores.ts';

/** The rows that one write put or deleted. */
const changesOf = (input: unknown): Map<string, Item | undefined> => {
  // biome-ignore lint/suspicious/noExplicitAny: a request as the SDK has it.
  const { TransactItems, Item, Key } = input as any;
  const writes = TransactItems ?? [Item ? { Put: { Item } } : { Delete: { Key } }];
  const changes = new Map<string, Item | undefined>();
  for (const { Put, Delete } of writes) {
    if (!Put && !Delete) continue;
    const { pk, sk, ...rest } = unmarshall(Put ? Put.Item : Delete.Key);
    changes.set(`${pk} ${sk}`, Put && rest.row === sk ? rest : undefined);
  }
  return changes;
};

const rowOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => `${pk} ${sk}`;

/** Sees every change of an executor's composition, and reports the invalid ones. */
export class ClosingWitness {
  /** The present composition, and whether it was ever closed. */
  present: Composition | undefined;
  isFenced = false;
  /** Whether a caller has deleted the executor, or discarded writes. */
  readonly asked = new Set<'executor' | 'discard'>();
  /** Tasks that are due. */
  readonly due: string[] = [];
  lives = 0;
  isLost = false;
  readonly #executorId: string;
  readonly #fault: (what: string) => void;

  constructor(executorId: string, fault: (what: string) => void) {
    this.#executorId = executorId;
    this.#fault = fault;
  }

  readonly beside = (inner: Interception): Interception =>
    seeing(inner, (operation, input) => {
      if (isWrite(operation)) this.#note(changesOf(input));
    });

  #note(changes: ReadonlyMap<string, Item | undefined>): void {
    const row = rowOf(compositionKey(this.#executorId));
    const isExecutorGone = this.#isGone(this.#executorId, changes);
    if (!changes.has(row)) {
      if (isExecutorGone && this.present) this.#fault('an executor went without its composition');
      return;
    }
    const item = changes.get(row);
    const [former, next] = [this.present, item && (JSON.parse(item.composition as string) as Composition)];
    this.present = next;
    if (next && next.incarnation !== former?.incarnation) this.lives += 1;
    if (!next) {
      if (!isExecutorGone) this.#fault('a composition went without its executor');
      if (former && former.members.length > 0)
        this.#fault('an executor was deleted to which something is joined');
      if (former?.closing?.executor !== 'delete' && !this.asked.has('executor'))
        this.#fault('nobody asked for the executor to be deleted');
      return;
    }
    for (const { id, bound, saving, settled, task } of next.members) {
      const before = former?.members.find((member) => member.id === id);
      if (next.closing && bound) this.#fault(`${id} is bound while it closes`);
      if (former?.closing && !before) this.#fault(`${id} joined what closes`);
      if (task?.run.lost !== undefined) this.isLost = true;
      if (task?.run.lost !== undefined && !this.isFenced) this.#fault(`${id} is lost on a machine that runs`);
      const isOver =
        task && ['exited', 'failed'].includes(task.run.state) && before?.task?.run.state !== task.run.state;
      if (isOver || (before?.saving && settled && !saving)) this.due.push(id);
    }
    if (former?.incarnation !== next.incarnation) return;
    for (const member of former.members) {
      if (next.members.some(({ id }) => id === member.id) || next.departed?.id === member.id) continue;
      this.#leave(member, former, changes);
    }
    if (former.closing && !next.closing) {
      if (former.members.length > 0) this.#fault('it is open again while something is joined');
      if (former.closing.executor === 'delete') this.#fault('it is open again in place of being deleted');
      if (former.nonce === next.nonce) this.#fault('its handle goes on');
    }
  }

  #isGone(id: string, changes: ReadonlyMap<string, Item | undefined>): boolean {
    const row = rowOf(elementKey(id));
    return changes.has(row) && changes.get(row) === undefined;
  }

  #leave(member: Member, { closing }: Composition, changes: ReadonlyMap<string, Item | undefined>): void {
    const { id, saving, mount } = member;
    if (saving) this.#fault(`${id} left and is not saved`);
    if (!closing) return;
    if (isTask(member) && isRunning(member)) this.#fault(`${id} left while it ran`);
    if (mount?.persistent === false && !this.#isGone(id, changes))
      this.#fault(`${id} does not persist, and stays`);
    if (mount?.persistent !== false && this.#isGone(id, changes)) this.#fault(`${id} was deleted`);
  }
}

interface MachineOptions {
  readonly api: () => Api;
  readonly executorId: string;
  readonly read: () => Promise<Composition | undefined>;
  readonly random: () => number;
  /** Gets requests to repeat later. */
  readonly late: (again: () => Promise<unknown>) => void;
}

/** The containers of an executor, and the runner that starts them and reports on them. */
export class Machine {
  /** Its tasks, each with the accepted reports. */
  readonly containers = new Map<
    string,
    { readonly since: string; readonly attempt: number; isKnown: boolean }
  >();
  isDead = false;
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  /** Starts the requested tasks, reports that they run, and ends them: some time later, or at once if `ends`. */
  async turn(ends = false): Promise<void> {
    const { read, random } = this.#options;
    const composition = await park('runner looks', read);
    const tasks = (composition?.members ?? []).filter(isTask);
    for (const { id, bound, task } of ends ? [] : tasks) {
      const { state, attempt } = task.run;
      if (this.isDead || !composition || !bound || state !== 'bound' || this.containers.has(id)) continue;
      this.containers.set(id, { since: composition.createdAt, attempt, isKnown: false });
    }
    for (const [id, container] of this.containers) {
      if (this.isDead) return;
      const isAsked = tasks.some(({ id: other, bound }) => other === id && bound);
      const hasEnded = ends || random() < (isAsked ? 0.2 : 0.6);
      if (!container.isKnown && (!hasEnded || random() < 0.5)) {
        container.isKnown = (await this.#report(id, { state: 'running' })) < 400;
        // The task is not requested any more.
        if (!container.isKnown) this.containers.delete(id);
      } else if (hasEnded) {
        await this.#report(id, { state: 'exited', exitCode: 0 });
        this.containers.delete(id);
      }
    }
    if (ends && this.containers.size > 0) await this.turn(true);
  }

  async #report(id: string, said: object): Promise<number> {
    const { api, executorId, random, late } = this.#options;
    const { location, name } = parseMemberId(id, 'id');
    const path = `/elements/${executorId.replace('://', '/')}/tasks/${location}/${name}`;
    const { since, attempt } = this.containers.get(id) as { since: string; attempt: number };
    const body = { ...said, since, attempt, at: '2026-01-01T00:00:00Z' };
    const ask = () => api()(`POST ${path}/reports`, body);
    if (random() < 0.25) late(ask);
    // A caller that does not get an answer repeats the request.
    if (random() < 0.15) await ask();
    return (await ask()).status;
  }
}
