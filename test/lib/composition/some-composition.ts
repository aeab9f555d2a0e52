/** Compositions for changes and events. */
import type { Composition, Member, Run, TaskMember } from '../../../lib/composition/composition.ts';

export const EXECUTOR = 'executor://boxes/box-1';

export const compositionOf = (...members: readonly Member[]): Composition => ({
  executorId: EXECUTOR,
  incarnation: 'i',
  nonce: 'n',
  revision: 1,
  members,
  attempts: {},
  attemptFloor: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
  modifiedAt: '2026-01-02T00:00:00.000Z',
  modifiedBy: 'composer',
});

export const runOf = (run: Partial<Run> = {}): Run => ({ state: 'created', attempt: 0, ...run });

export const taskOf = (
  name: string,
  run: Partial<Run> = {},
  task: Partial<TaskMember['task']> = {},
  rest: Partial<Member> = {},
): TaskMember => ({
  id: `task://jobs/${name}`,
  kind: 'task',
  bound: false,
  reference: `r-${name}`,
  task: { spec: {}, revision: 1, ephemeral: false, run: runOf(run), ...task },
  ...rest,
});

export const storageOf = (name: string, path: string, rest: Partial<Member> = {}): Member => ({
  id: `image://library/${name}`,
  kind: 'image',
  bound: false,
  reference: `r-${name}`,
  mount: { path, readOnly: false, persistent: true },
  ...rest,
});
