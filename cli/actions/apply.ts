import { isCode } from '../../client/problem-error.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { planComposition } from '../apply/composition-plan.ts';
import type { Declared } from '../apply/declared.ts';
import { planElement } from '../apply/element-plan.ts';
import { readDeclared } from '../apply/files.ts';
import { inDependencyOrder } from '../apply/in-order.ts';
import { planLocation } from '../apply/location-plan.ts';
import type { Change, Plan } from '../apply/plan.ts';
import { planTag } from '../apply/tag-plan.ts';
import { printable } from '../details.ts';
import { reportFailure } from '../failure.ts';
import type { Action, Session } from '../session.ts';
import { isRefusal, ToldRefusal } from '../told-refusal.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  readonly file?: readonly string[];
  readonly dryRun?: boolean;
}

/** The most things to compare with the service at a time. */
const LOOKS = 8;
/** How often to plan again if another caller changes the same thing at the same time. */
const MAX_TRIES = 5;
/** Problems which mean that another caller has changed the thing since it was read. */
const OUTRUN: readonly ProblemCode[] = ['revision-mismatch', 'stale-handle', 'name-collision'];

const planOf = (session: Session, declared: Declared): Promise<Plan> => {
  if ('location' in declared) return planLocation(session, declared.location);
  if ('element' in declared) return planElement(session, declared.element);
  if ('tag' in declared) return planTag(session, declared.tag);
  return planComposition(session, declared.composition);
};

const inWords = (value: unknown): string => JSON.stringify(value);

/** A change for people: an addition, a removal, or a replacement. */
const formatChange = ({ path, from, to, replaces, how }: Change): string => {
  const end = replaces === undefined ? '' : `; replaces ${replaces}${how === undefined ? '' : ` (${how})`}`;
  if (from === undefined) return `  + ${path}: ${inWords(to)}${end}`;
  if (to === undefined) return `  - ${path}: ${inWords(from)}${end}`;
  return `  ~ ${path}: ${inWords(from)} → ${inWords(to)}${end}`;
};

/** Prints the result for a document, or the planned one: a line, and one for each replaced member; with `isWhole`, one for each change. */
const show = (
  session: Session,
  { called, kind }: Declared,
  { result, changes }: Plan,
  isWhole: boolean,
): void =>
  session.show({ id: called, kind, result, changes, ...(isWhole ? { dryRun: true } : {}) }, () =>
    printable(
      [
        `${called} ${result}${isWhole ? ' (dry run)' : ''}`,
        ...changes.filter(({ replaces }) => isWhole || replaces !== undefined).map(formatChange),
      ].join('\n'),
    ),
  );

/** Prints changes that are impossible, with their places in the file. */
const showRefusals = (session: Session, { called, kind, at }: Declared, { refusals }: Plan): void => {
  const told = refusals.map((refusal) => ({ at: at(refusal.path), ...refusal }));
  session.show({ id: called, kind, result: 'refused', changes: told }, () =>
    printable(
      [
        `${called} refused`,
        ...told.flatMap((each) => [formatChange(each), `    ${each.at}: ${each.path} ${each.wayOut}`]),
      ].join('\n'),
    ),
  );
};

/** Carries out a plan; plans again if another caller came first. */
const carryOut = async (session: Session, declared: Declared, planned: Plan): Promise<Plan> => {
  let plan = planned;
  for (let attempt = 1; plan.result !== 'unchanged' && plan.refusals.length === 0; attempt += 1) {
    try {
      await plan.make();
      return plan;
    } catch (error) {
      if (!isCode(error, ...OUTRUN) || attempt === MAX_TRIES) throw error;
      plan = await planOf(session, declared);
    }
  }
  return plan;
};

/** Creates and changes what files declare, each thing after those that it needs. Writes nothing if one of the changes is impossible. */
export const applyFiles: Action<Options> = async (session, _, { file = [], dryRun = false }) => {
  if (file.length === 0)
    throw new UsageError('-f names the file: a path, a directory, or - for standard input');
  const ordered = inDependencyOrder(await readDeclared(session, file));
  const plans = new Map<Declared, Plan>();
  await inParallel(ordered, LOOKS, session.io.signal, async (declared) => {
    plans.set(declared, await planOf(session, declared));
  });
  const planned = ordered.map((declared) => [declared, plans.get(declared) as Plan] as const);
  const refused = planned.filter(([, { refusals }]) => refusals.length > 0);
  for (const [declared, plan] of refused) showRefusals(session, declared, plan);
  if (refused.length > 0) {
    session.note('nothing was changed');
    throw new ToldRefusal();
  }
  const failed = new Set<string>();
  for (const [declared, plan] of planned) {
    const { called, kind, needs } = declared;
    for (const note of plan.notes) session.warn(printable(note));
    const lack = needs.find((need) => failed.has(need));
    if (lack !== undefined) {
      failed.add(called);
      session.show(
        { id: called, kind, result: 'skipped', lack },
        () => `${called} skipped: it needs ${lack}`,
      );
      continue;
    }
    try {
      const done = dryRun ? plan : await carryOut(session, declared, plan);
      if (done.refusals.length === 0) show(session, declared, done, dryRun);
      else {
        failed.add(called);
        showRefusals(session, declared, done);
      }
    } catch (error) {
      if (session.io.signal.aborted || !isRefusal(error)) throw error;
      failed.add(called);
      session.show({ id: called, kind, result: 'failed' }, () => `${called} failed`);
      reportFailure(error, session.io, session.isJson);
    }
  }
  if (failed.size > 0) throw new ToldRefusal();
};
