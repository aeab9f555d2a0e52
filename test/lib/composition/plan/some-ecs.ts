/** Plans for ECS. */
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, renderEcs } from './rendered.ts';
import { inputOf, MAIN, registryRoot, someSpec, task } from './some-input.ts';

export const ecsInput = (parts: Partial<PlanInput> = {}): PlanInput =>
  inputOf({ storage: [registryRoot], ...parts });

const withMain = (spec: TaskSpec, parts: Partial<PlanInput>): Partial<PlanInput> => ({
  ...parts,
  tasks: [task(MAIN, { ...someSpec, ...spec })],
});

export const requestOf = (parts: Partial<PlanInput> = {}) =>
  planOf(renderEcs(ecsInput(parts))).registerTaskDefinition;

/** The only container, of a task with further settings. */
export const containerOf = (spec: TaskSpec, parts: Partial<PlanInput> = {}) => {
  const [container] = requestOf(withMain(spec, parts)).containerDefinitions;
  if (container === undefined) throw new Error('no container');
  return container;
};

/** The places of the reasons, for a task with further settings. */
export const refused = (spec: TaskSpec, parts: Partial<PlanInput> = {}): string[] =>
  pathsOf(renderEcs(ecsInput(withMain(spec, parts))));

export const inMain = (path: string): string => `tasks["${MAIN}"].${path}`;
