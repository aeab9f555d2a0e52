import type { Step } from './checker.ts';
import { serve } from './saving-service.ts';
import {
  type Call,
  type Copy,
  type Engine,
  isEqual,
  type Rules,
  type Runner,
  type State,
  TORN,
  uses,
  type Volume,
} from './volume-saving.ts';

const withEngine = (state: State, at: number, change: Partial<Engine>): State => ({
  ...state,
  engines: state.engines.with(at, { ...(state.engines[at] as Engine), ...change }),
});

/** The name of a copy on an engine. */
const nameOf = (attachment: number, { flaw }: Rules): number =>
  flaw === 'a copy is one for its volume' ? 1 : attachment;

const copyOf = (state: State, engine: number, attachment: number, rules: Rules): Copy | undefined =>
  state.engines[engine]?.copies.find(
    (copy) => nameOf(copy.attachment, rules) === nameOf(attachment, rules) && !copy.isKept,
  );

const withCopy = (state: State, engine: number, former: Copy | undefined, copy?: Copy): State => {
  const { copies } = state.engines[engine] as Engine;
  const others = copies.filter((other) => other !== former);
  return withEngine(state, engine, { copies: copy ? [...others, copy] : others });
};

/** The steps of a container: it writes, whether or not processes live or anybody requests it. */
const containerSteps = (state: State, engine: number, rules: Rules): Step<State>[] => {
  const { containers, isDead } = state.engines[engine] as Engine;
  if (isDead || state.left.writes === 0) return [];
  return containers.flatMap(({ attachment, executor, runs }) => {
    const copy = copyOf(state, engine, attachment, rules);
    if (!copy || !runs) return [];
    const written: Copy = { ...copy, content: [...copy.content, attachment], isWritten: true };
    return [
      {
        what: `${executor} writes on engine ${engine}`,
        next: uses(withCopy(state, engine, copy, written), 'writes'),
      },
    ];
  });
};

/** Whether a container is requested on an engine. */
const isAsked = (state: State, engine: number, executor: number, attachment: number): boolean => {
  const { row, compositions, lease } = state;
  return (
    compositions[executor]?.isBound === true &&
    row?.executor === executor &&
    row.id === attachment &&
    lease[executor] === engine
  );
};

/** The possible first steps of an idle runner. */
const begins = (state: State, at: number, rules: Rules): Step<State>[] => {
  const { flaw } = rules;
  const runner = state.runners[at] as Runner;
  const { engine } = runner;
  const { copies, containers } = state.engines[engine] as Engine;
  const { row } = state;
  const steps: Step<State>[] = [];
  const go = (what: string, to: Omit<Runner, 'engine'>, from = state): void =>
    void steps.push({
      what: `runner ${at} ${what}`,
      next: { ...from, runners: from.runners.with(at, { engine, ...to }) },
    });

  for (const container of containers) {
    const { executor, attachment } = container;
    if (isAsked(state, engine, executor, attachment)) continue;
    const others = containers.filter((other) => other !== container);
    go('stops a task', { at: 'looks' }, withEngine(state, engine, { containers: others }));
  }
  if (!row) return [...steps, ...settles(state, at, rules)];
  const { id, executor, round } = row;
  const runs = containers.some((container) => container.attachment === id && container.runs);
  if (isAsked(state, engine, executor, id) && !runs)
    go('is to start', { at: 'fills', executor, attachment: id });
  const own = copies.find((copy) => copy.attachment === id && !copy.isKept);
  const writes = containers.some(({ attachment }) => nameOf(attachment, rules) === nameOf(id, rules));
  const mayCompare = !writes || flaw === 'an engine compares while a container writes';
  const mayWrite =
    row.engine === engine ? own : flaw === 'an engine says that nothing changed where it has nothing';
  if (row.state === 'saving' && mayWrite && mayCompare)
    go('is to save', { at: 'compares', attachment: id, round });
  return [...steps, ...settles(state, at, rules)];
};

/** The fate of copies whose attachment is over. */
const settles = (state: State, at: number, { flaw }: Rules): Step<State>[] => {
  const { engine } = state.runners[at] as Runner;
  const { copies, containers } = state.engines[engine] as Engine;
  const { compositions, volume, row } = state;
  return copies.flatMap((copy) => {
    const { attachment, content, from, sent, isKept } = copy;
    const isUsed =
      attachment === row?.id || containers.some((container) => container.attachment === attachment);
    if (isUsed || isKept) return [];
    const [, told] = compositions.find(({ settled }) => settled?.[0] === attachment)?.settled ?? [];
    const isSaved = sent && volume && isEqual(sent, volume.data) && isEqual(sent, content);
    const isOver = told === 'saved' || told === 'discarded' || isSaved || isEqual(content, from);
    const isKnown = isOver || flaw === 'a machine that returns takes what is gone for saved';
    const settled = withCopy(state, engine, copy, isKnown ? undefined : { ...copy, isKept: true });
    const [, end] = state.ends.find(([id]) => id === attachment) ?? [];
    const isLoss = isKnown && end !== 'saved' && end !== 'discarded' && !isEqual(content, from);
    const broken = isLoss ? { broken: 'what was given up by another is removed' } : {};
    return {
      what: `runner ${at} ${isKnown ? 'removes a copy' : 'keeps a copy aside'}`,
      next: { ...settled, ...broken },
    };
  });
};

/** A runner's reaction to the answer of the service. */
const heard = (state: State, at: number, { what, answer, key }: Call): State => {
  const { call: _, ...runner } = state.runners[at] as Runner;
  const { engine, executor, attachment, round, archive } = runner;
  const idle: Runner = { engine, at: 'looks' };
  const to = (next: Runner): State => ({ ...state, runners: state.runners.with(at, next) });
  if (answer !== 'yes') return to(idle);
  if (what === 'claim')
    return to({ engine, at: 'starts', executor: executor as number, attachment: attachment as number });
  if (what === 'begin')
    return to({
      ...{ engine, at: 'sends', attachment: attachment as number, round: round as number },
      ...{ archive: archive ?? [], key: key as number },
    });
  return to(idle);
};

const goesOn = (state: State, at: number, rules: Rules): Step<State>[] => {
  const { flaw } = rules;
  const runner = state.runners[at] as Runner;
  const { engine, executor, attachment = 0, round, archive, call } = runner;
  const { containers } = state.engines[engine] as Engine;
  const copy = copyOf(state, engine, attachment, rules);
  const { volume } = state;
  const go = (what: string, to: Partial<Runner>, from = state): Step<State>[] => [
    { what: `runner ${at} ${what}`, next: { ...from, runners: from.runners.with(at, { ...runner, ...to }) } },
  ];
  const idle = (what: string, from = state): Step<State>[] => [
    {
      what: `runner ${at} ${what}`,
      next: { ...from, runners: from.runners.with(at, { engine, at: 'looks' }) },
    },
  ];
  const asks = (asked: Call['what'], from = state): Step<State>[] => {
    const named: Call = {
      ...{ what: asked, at: 'read', engine, attachment },
      ...(round === undefined || asked === 'claim' ? {} : { round }),
      ...(archive === undefined || asked !== 'begin' ? {} : { archive }),
    };
    return go(`asks: ${asked}`, { at: 'asks', call: named }, from);
  };

  switch (runner.at) {
    case 'asks': {
      const asked = call as Call;
      const steps = serve(state, asked, rules).map((one) => ({
        what: `runner ${at}: ${one.what}`,
        next:
          one.call.at === 'answered'
            ? heard(one.state, at, one.call)
            : { ...one.state, runners: one.state.runners.with(at, { ...runner, call: one.call }) },
      }));
      if (state.left.copies > 0 && !state.late)
        steps.push(...idle('waits no longer', uses({ ...state, late: asked }, 'copies')));
      return steps;
    }
    case 'fills': {
      if (copy)
        return go('has a copy', { at: 'makes' }, withCopy(state, engine, copy, { ...copy, attachment }));
      if (!volume) return idle('finds no volume');
      const filled: Copy = { attachment, from: volume.data, content: volume.data };
      return go('fills a copy', { at: 'makes' }, withCopy(state, engine, undefined, filled));
    }
    case 'makes':
      if (flaw === 'a container is made after its claim') return asks('claim');
      if (flaw === 'a container starts before its claim') return started(true);
      return asks('claim', made(state, false));
    case 'starts':
      return started();
    case 'compares': {
      if (!copy) {
        if (flaw === 'an engine says that nothing changed where it has nothing') return asks('unchanged');
        return idle('finds nothing');
      }
      const base =
        flaw === 'an engine compares with what was there at the last bind' ? copy.begun : copy.from;
      if (isEqual(copy.content, base ?? copy.from)) return asks('unchanged');
      return go('begins to read', { at: 'reads', archive: copy.content });
    }
    case 'reads': {
      if (!copy) return idle('finds nothing');
      const isWhole = isEqual(copy.content, archive ?? []);
      const read = isWhole ? copy.content : [...copy.content, TORN];
      const sent = withCopy(state, engine, copy, { ...copy, sent: read });
      return asks2(read, sent);
    }
    case 'sends': {
      const { upload } = volume ?? {};
      const put =
        upload && upload.key === runner.key
          ? { ...state, volume: { ...(volume as Volume), upload: { ...upload, bytes: archive ?? [] } } }
          : state;
      return go('sends', { at: 'asks', call: completion() }, put);
    }
    case 'looks':
      return begins(state, at, rules);
  }

  function completion(): Call {
    return { what: 'complete', at: 'read', engine, attachment, ...(round === undefined ? {} : { round }) };
  }

  function asks2(read: Copy['content'], from: State): Step<State>[] {
    const begin: Call = { ...completion(), what: 'begin', archive: read };
    return go('asks: begin', { at: 'asks', archive: read, call: begin }, from);
  }

  /** A container has a unique name: a second creation finds it. */
  function made(of: State, runs: boolean): State {
    const present = (of.engines[engine] as Engine).containers;
    const others = present.filter((other) => other.attachment !== attachment || other.executor !== executor);
    const found = present.find((other) => !others.includes(other));
    const container = { executor: executor as number, attachment, runs: runs || found?.runs === true };
    return withEngine(of, engine, { containers: [...others, container] });
  }

  function started(claims = false): Step<State>[] {
    const isThere = containers.some(
      (other) => other.attachment === attachment && other.executor === executor,
    );
    const makes = claims || flaw === 'a container is made after its claim';
    if (!copy || !(isThere || makes)) return idle('finds nothing to start');
    const begun =
      flaw === 'an engine compares with what was there at the last bind'
        ? withCopy(state, engine, copy, { ...copy, begun: copy.content })
        : state;
    const next = made(begun, true);
    return claims ? asks('claim', next) : idle('starts a task', next);
  }
};

export const runnerSteps = (state: State, rules: Rules): Step<State>[] => {
  const steps = state.runners.flatMap((runner, at) => {
    if (state.engines[runner.engine]?.isDead) return [];
    const own = goesOn(state, at, rules);
    if (state.left.crashes > 0 && runner.at !== 'looks') {
      const crashed = uses(
        { ...state, runners: state.runners.with(at, { engine: runner.engine, at: 'looks' }) },
        'crashes',
      );
      own.push({ what: `runner ${at} crashes, and begins anew`, next: crashed });
    }
    return own;
  });
  steps.push(...state.engines.flatMap((_, engine) => containerSteps(state, engine, rules)));
  if (state.left.moves > 0)
    steps.push({
      what: 'another engine takes the lease',
      next: uses({ ...state, lease: state.lease.with(0, 1) }, 'moves'),
    });
  if (state.left.deaths > 0 && !state.engines[0]?.isDead) {
    const dead = withEngine(uses(state, 'deaths'), 0, { isDead: true, containers: [] });
    const runners = dead.runners.map(
      (each): Runner => (each.engine === 0 ? { engine: 0, at: 'looks' } : each),
    );
    steps.push({ what: 'machine 0 dies for good', next: { ...dead, runners }, crash: true });
  }
  return steps;
};
