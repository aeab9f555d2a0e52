/** A fictitious example of each common addition: the change of each file. */
import { readFileSync } from 'node:fs';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** An existing file with insertions: each text before or after its anchor. Throws if the anchor is missing. */
const edited = (path: string, ...edits: readonly (readonly [at: string, becomes: string])[]): string =>
  edits.reduce((text, [at, becomes]) => {
    if (!text.includes(at)) throw new Error(`${path} says nowhere: ${at}`);
    return text.replace(at, () => becomes);
  }, read(path));

/** A fictitious addition. `first` are the files with which a contributor begins; the compiler then reports all others. */
export interface Addition {
  /** Its name in CONTRIBUTING.md. */
  readonly called: string;
  readonly files: Readonly<Record<string, string>>;
  readonly first: readonly string[];
}

const kind: Addition = {
  called: 'A kind',
  first: ['lib/kind/gadget.ts', 'lib/kind/index.ts'],
  files: {
    'lib/kind/gadget.ts': `import type { KindRules } from './kind-rules.ts';
      export const gadget = {
        called: 'a gadget', plural: 'gadgets', about: 'what is made up', parents: ['gadget'], data: 'none',
        hasSpace: false, hasSpec: true, changeable: ['colour'], joins: 'plainly',
      } as const satisfies KindRules;`,
    'lib/kind/index.ts': edited(
      'lib/kind/index.ts',
      ['import { image }', "import { gadget } from './gadget.ts';\nimport { image }"],
      ['executor, log }', 'executor, log, gadget }'],
    ),
    'lib/element/gadget-spec.ts': `import * as z from 'zod/mini';
      export const gadgetSpec = z.strictObject({ colour: z.optional(z.string()) });`,
    'lib/element/specs.ts': edited('lib/element/specs.ts', [
      '  log: async',
      "  gadget: async () => (await import('./gadget-spec.ts')).gadgetSpec,\n  log: async",
    ]),
    'lib/element/shown-element.ts': edited(
      'lib/element/shown-element.ts',
      ['  log: logSpec,', '  log: logSpec,\n  gadget: gadgetSpec,'],
      ['import { logSpec }', "import { gadgetSpec } from './gadget-spec.ts';\nimport { logSpec }"],
    ),
    'functions/api/contract/elements.ts': edited('functions/api/contract/elements.ts', [
      "\n  log: '",
      "\n  gadget: 'What a gadget says.',\n  log: '",
    ]),
    'docs/generate/schema.ts': edited(
      'docs/generate/schema.ts',
      ['  LogSpec: {', '  GadgetSpec: { schema: gadgetSpec, defaults: {} },\n  LogSpec: {'],
      [
        'import { logSpec',
        "import { gadgetSpec } from '../../lib/element/gadget-spec.ts';\nimport { logSpec",
      ],
    ),
  },
};

const event: Addition = {
  called: 'An event',
  first: ['lib/event/details.ts'],
  files: {
    'lib/event/gadget-events.ts': `import { defineEvent } from './entry.ts';
      export const jammed = defineEvent({
        verb: 'Jammed', version: 1, subjects: ['location'], meaning: 'It is made up.', detail: 'jammed', of: () => [],
      });`,
    'lib/event/details.ts': edited('lib/event/details.ts', [
      '  created: z.strictObject(',
      '  jammed: z.strictObject({ ...subject, ...version }),\n  created: z.strictObject(',
    ]),
    'lib/event/catalogue.ts': edited(
      'lib/event/catalogue.ts',
      ['  locationDeleted,\n', '  locationDeleted,\n  jammed,\n'],
      ['import { locationCreated', "import { jammed } from './gadget-events.ts';\nimport { locationCreated"],
    ),
  },
};

/** The fields that a fictitious target takes, and what other targets take of a fictitious field. */
const taken = edited(
  'docs/generate/taken.ts',
  ["{ oci: 'all',", "{ gadget: 'all', oci: 'all',"],
  ["  'restart.mode': all,", "  'restart.mode': all,\n  'gadget.colour': all,"],
);

const field: Addition = {
  called: 'A field',
  first: ['lib/element/task-spec/gadget.ts', 'lib/element/task-spec.ts'],
  files: {
    'lib/element/task-spec/gadget.ts': `import * as z from 'zod/mini';
      import { optional } from '../../facts.ts';
      export const gadget = z.strictObject({ colour: optional(z.string(), { description: 'Made up.', source: 'Taskport' }) });`,
    'lib/element/task-spec.ts': edited(
      'lib/element/task-spec.ts',
      ['    tmpfs: optional(', '    gadget: z.optional(gadget),\n    tmpfs: optional('],
      ['import { healthCheck }', "import { gadget } from './task-spec/gadget.ts';\nimport { healthCheck }"],
    ),
    'docs/generate/taken.ts': taken,
    'test/lib/composition/plan/field-samples.ts': edited('test/lib/composition/plan/field-samples.ts', [
      "  'tmpfs[].path': {",
      "  'gadget.colour': { values: ['red', 'green'] },\n  'tmpfs[].path': {",
    ]),
    'test/docker/plan-enforced.test.ts': edited('test/docker/plan-enforced.test.ts', [
      "  'tmpfs[].path': ",
      "  'gadget.colour': INSPECTED,\n  'tmpfs[].path': ",
    ]),
  },
};

const target: Addition = {
  called: 'A target',
  first: ['lib/composition/plan/target.ts'],
  files: {
    'lib/composition/plan/gadget.ts': `import type { ComposedContainer } from './composed-container.ts';
      import type { Rendered } from './plan-input.ts';
      interface GadgetPlan { readonly target: 'gadget'; readonly colour: string }
      export const renderGadget = ({ tasks }: ComposedContainer): Rendered<GadgetPlan> =>
        tasks.length === 0 ? { reasons: [] } : { plan: { target: 'gadget', colour: 'red' } };`,
    'lib/composition/plan/target.ts': edited('lib/composition/plan/target.ts', [
      "  oci: 'OCI runtime',",
      "  oci: 'OCI runtime',\n  gadget: 'Gadget',",
    ]),
    'lib/composition/plan/targets.ts': edited(
      'lib/composition/plan/targets.ts',
      ['  oci: renderOci,', '  gadget: renderGadget,\n  oci: renderOci,'],
      ['import { renderOci }', "import { renderGadget } from './gadget.ts';\nimport { renderOci }"],
    ),
    'functions/api/contract/plan.ts': edited('functions/api/contract/plan.ts', [
      'const plans = { oci: ociPlan',
      `const gadgetPlan = answered('GadgetPlan', 'It is made up.', z.object({ target: z.literal('gadget'), colour: z.string() }));
       const plans = { gadget: gadgetPlan, oci: ociPlan`,
    ]),
    'docs/generate/taken.ts': taken,
    'test/lib/composition/plan/some-input.ts': edited('test/lib/composition/plan/some-input.ts', [
      '  container: inputOf(),',
      '  container: inputOf(),\n  gadget: inputOf(),',
    ]),
    'test/lib/composition/plan/all-reasons.test.ts': edited('test/lib/composition/plan/all-reasons.test.ts', [
      '  container: [',
      '  gadget: [],\n  container: [',
    ]),
  },
};

const METHODS = ['start', 'signal', 'stop', 'check', 'talk', 'find', 'forget', 'release', 'close'].concat([
  'written',
  'save',
  'settle',
  'setAside',
]);
const engineWith = (
  methods: readonly string[],
): string => `import type { Engine } from '../../lib/execution/engine.ts';
  const never = (): Promise<never> => Promise.reject(new Error('it is made up'));
  export const gadgetEngine = (): Engine => ({ ${methods.map((method) => `${method}: never`).join(', ')} });`;

const engine: Addition = {
  called: 'An engine',
  first: [],
  files: {
    'cli/gadget/gadget-engine.ts': engineWith(METHODS),
    'test/gadget/engine.test.ts': `import { gadgetEngine } from '../../cli/gadget/gadget-engine.ts';
      import { type Bench, describeEngine } from '../execution/engine.contract.ts';
      describeEngine('gadget', async () => ({ open: gadgetEngine }) as unknown as Bench);`,
  },
};
/** The engine without one of its required methods. */
export const lackingEngine = { 'cli/gadget/gadget-engine.ts': engineWith(METHODS.slice(1)) };

const code: Addition = {
  called: 'An error code',
  first: ['lib/errors.ts'],
  files: {
    'lib/errors.ts': edited('lib/errors.ts', [
      "  'unavailable',\n]",
      "  'unavailable',\n  'gadget-jammed',\n]",
    ]),
    'functions/api/problem.ts': edited('functions/api/problem.ts', [
      "  'invalid-request': 400,",
      "  'invalid-request': 400,\n  'gadget-jammed': 409,",
    ]),
    'functions/api/contract/problem-meanings.ts': edited('functions/api/contract/problem-meanings.ts', [
      "  'invalid-request': {",
      "  'gadget-jammed': { meaning: 'It is made up.' },\n  'invalid-request': {",
    ]),
  },
};

export const additions: readonly Addition[] = [kind, event, field, target, engine, code];
/** All additions together. */
export const everything: Readonly<Record<string, string>> = Object.assign(
  {},
  ...additions.map(({ files }) => files),
);
