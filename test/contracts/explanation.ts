import { isDeepStrictEqual } from 'node:util';
import { after, changesNothing } from './composition-effects.ts';
import { refusals, type Step, type World } from './composition-model.ts';
import type { Seen, Told } from './composition-world.ts';

/** A step of a client, with the moments of its request and its answer, counted over all clients. */
export interface Event {
  readonly client: string;
  readonly step: Step;
  readonly told: Told;
  readonly from: number;
  readonly to: number;
}

const DONE: Readonly<Record<Step['op'], number>> = {
  open: 201,
  compose: 201,
  join: 200,
  bind: 200,
  unbind: 200,
  leave: 200,
  interrupt: 200,
  report: 201,
  create: 201,
  child: 201,
  delete: 204,
  associate: 200,
  dissociate: 204,
};

const REFUSED: Readonly<Record<string, number>> = {
  'not-found': 404,
  'unknown-parent': 422,
  'invalid-parent': 422,
};

/** The world after a step, if its answer is correct for the world before; else undefined. */
export const agree = (world: World, step: Step, told: Told): World | undefined => {
  const reasons = refusals(world, step);
  const { code, status, handle, members } = told;
  // An `unavailable` only promises that nothing has changed.
  if (code === 'unavailable') return status === 503 ? world : undefined;
  if (code !== undefined)
    return reasons.includes(code) && status === (REFUSED[code] ?? 409) ? world : undefined;
  if (reasons.length > 0 || status !== DONE[step.op]) return undefined;
  const next = after(world, step, handle);
  if (handle === undefined || !('on' in step)) return next;
  const former = world.compositions[step.on]?.handle;
  if (changesNothing(world, step) !== (handle === former)) return undefined;
  return isDeepStrictEqual(next.compositions[step.on]?.members, members) ? next : undefined;
};

const matches = (world: World, { elements, compositions }: Seen): boolean =>
  isDeepStrictEqual(
    Object.fromEntries(Object.entries(world.elements).map(([id, { tasks }]) => [id, tasks])),
    { ...elements },
  ) &&
  isDeepStrictEqual(
    Object.fromEntries(Object.entries(world.compositions).map(([on, { members }]) => [on, members])),
    { ...compositions },
  );

/**
 * A sequential order of the events in which every answer is correct, and which ends in the seen state; undefined if there is none. An event that
 * was answered before another began comes before it.
 */
export const explain = (world: World, events: readonly Event[], seen: Seen): readonly Event[] | undefined => {
  const refuted = new Set<string>();
  const search = (present: World, left: readonly Event[]): readonly Event[] | undefined => {
    if (left.length === 0) return matches(present, seen) ? [] : undefined;
    const state = JSON.stringify([left.map(({ from }) => from), present]);
    if (refuted.has(state)) return undefined;
    const first = Math.min(...left.map(({ to }) => to));
    for (const event of left.filter(({ from }) => from < first)) {
      const next = agree(present, event.step, event.told);
      const rest =
        next &&
        search(
          next,
          left.filter((other) => other !== event),
        );
      if (rest) return [event, ...rest];
    }
    refuted.add(state);
    return undefined;
  };
  return search(world, events);
};
