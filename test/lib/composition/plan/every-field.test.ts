/** No field is dropped silently: every field changes the plan of every target, or is a reason. */
import { describe, expect, it } from 'vitest';
import { type Taken, takenOfExecutors, takenOfTasks } from '../../../../docs/generate/taken.ts';
import type { PlanInput, Rendered } from '../../../../lib/composition/plan/plan-input.ts';
import type { Target } from '../../../../lib/composition/plan/target.ts';
import { executorSpec } from '../../../../lib/element/executor-spec.ts';
import { imageSpec } from '../../../../lib/element/image-spec.ts';
import { taskSpec } from '../../../../lib/element/task-spec.ts';
import { executorSamples, imageSamples, type Sample, taskSamples } from './field-samples.ts';
import { planOf, rendered as targets } from './rendered.ts';
import { cloudwatch, MIB, ROOT_IMAGE, runnable, someSpec, withSpec } from './some-input.ts';

/** The part of a schema that is needed to walk it. */
interface Schema {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly shape?: Readonly<Record<string, Schema>>;
      readonly innerType?: Schema;
      readonly element?: Schema;
      readonly options?: readonly Schema[];
    };
  };
}

/** Every field by its path: `process.cwd`, `process.env[].name`. */
const fieldsOf = ({ _zod: { def } }: Schema, path: string): string[] => {
  if (def.innerType) return fieldsOf(def.innerType, path);
  if (def.shape) {
    return Object.entries(def.shape).flatMap(([key, field]) =>
      fieldsOf(field, path === '' ? key : `${path}.${key}`),
    );
  }
  if (def.options) return [...new Set(def.options.flatMap((option) => fieldsOf(option, path)))];
  const items = def.element ? fieldsOf(def.element, `${path}[]`) : [];
  return items.length > 1 ? items : [path];
};

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (one: Tree, other: Tree): Tree => {
  const result = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = result[key];
    result[key] = isTree(value) && isTree(before) ? merged(before, value) : value;
  }
  return result;
};

/** The specification with one field set; `[]` is the first item of a list. */
const set = (spec: Tree, [step = '', ...rest]: readonly string[], value: unknown): Tree => {
  if (rest.length === 0) return { ...spec, [step]: value };
  if (!step.endsWith('[]')) return { ...spec, [step]: set((spec[step] ?? {}) as Tree, rest, value) };
  const key = step.slice(0, -2);
  const [first, ...others] = spec[key] as Tree[];
  return { ...spec, [key]: [set(first as Tree, rest, value), ...others] };
};

const logs = [cloudwatch('first'), cloudwatch('second')];
/** The fields that Fargate requires. */
const fargate: Tree = { resources: { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } } };

describe.each([
  {
    of: 'a task specification',
    schema: taskSpec as unknown as Schema,
    samples: taskSamples as Readonly<Record<string, Sample<object>>>,
    taken: takenOfTasks,
    some: someSpec as Tree,
    put: (input: PlanInput, spec: Tree) => withSpec(input, taskSpec.parse(spec)),
  },
  {
    of: 'the specification of the image at `/`',
    schema: imageSpec as unknown as Schema,
    samples: imageSamples as Readonly<Record<string, Sample<object>>>,
    taken: {},
    some: { process: { args: ['/bin/image'] } } as Tree,
    put: (input: PlanInput, spec: Tree) => ({
      ...withSpec(input, { ...someSpec, process: {} }),
      image: { id: ROOT_IMAGE, spec: imageSpec.parse(spec) },
    }),
  },
  {
    of: 'the specification of an executor',
    schema: executorSpec as unknown as Schema,
    samples: executorSamples as Readonly<Record<string, Sample<object>>>,
    taken: takenOfExecutors,
    some: {} as Tree,
    // A value of the task hides that of the executor.
    put: (input: PlanInput, spec: Tree) => ({
      ...withSpec(input, { process: { args: ['/bin/tool'] } }),
      executor: { ...input.executor, spec: executorSpec.parse(merged(fargate, spec)) },
    }),
  },
])('every field of $of', ({ schema, samples, taken, some, put }) => {
  it('has a sample here', () => {
    expect(fieldsOf(schema, '').toSorted()).toEqual(Object.keys(samples).toSorted());
  });

  describe.each(Object.keys(targets) as Target[])('for %s', (target) => {
    const render = (spec: Tree): Rendered<object> =>
      targets[target](put({ ...runnable[target], logs }, spec));

    it('has an effect in a specification with a plan', () => {
      planOf(render(some));
    });

    it.each(Object.entries(samples))(
      'changes the plan, or is a reason: %s',
      (path, { given = {}, values }) => {
        const without = merged(some, given as Tree);
        const before = render(without);
        const after = values.map((value) => render(set(without, path.split('.'), value)));
        // The reference states what each target takes.
        const takes = (taken as Readonly<Record<string, Readonly<Record<Target, Taken>>>>)[path]?.[target];
        if (takes === 'all') for (const one of after) expect(one).not.toHaveProperty('reasons');
        if (takes === 'none') for (const one of after) expect(one).toHaveProperty('reasons');
        else for (const one of after) expect(JSON.stringify(one)).not.toBe(JSON.stringify(before));
        const plans = after.filter((one) => 'plan' in one).map((one) => JSON.stringify(one));
        expect(new Set(plans).size).toBe(plans.length);
      },
    );
  });
});
