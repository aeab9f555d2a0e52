import type { Reporter, SerializedError, TestModule, TestSpecification, Vitest } from 'vitest/node';
import type { Headline, Line, Step } from './story.ts';

const WIDTH = 110;

/** JSON as people write it: short values in one line, others broken at their brackets. */
const layOut = (value: unknown, indent: string, used = 0): string => {
  const flat = JSON.stringify(value, undefined, 1)?.replace(/\n\s*/g, ' ') ?? '';
  if (typeof value !== 'object' || value === null || flat.length + indent.length + used <= WIDTH) return flat;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const members = Object.entries(value).map(([key, member]) => {
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}: `;
    return `${inner}${name}${layOut(member, inner, name.length)}`;
  });
  return `${open}\n${members.join(',\n')}\n${indent}${close}`;
};

const headerLines = (headers: Headline = {}): string[] =>
  Object.entries(headers).map(([name, value]) => `       ${name}: ${value}`);

const bodyLines = (body: unknown): string[] => {
  if (body === undefined) return [];
  return [`       ${typeof body === 'string' ? body : layOut(body, '       ')}`];
};

const render = (line: Line): string[] => {
  if (line.kind === 'request')
    return [`     → ${line.call}`, ...headerLines(line.headers), ...bodyLines(line.body)];
  if (line.kind === 'answer')
    return [`     ← ${line.status}`, ...headerLines(line.headers), ...bodyLines(line.body)];
  if (line.kind === 'run') {
    const lines = line.output.split('\n').filter((text) => text !== '');
    return [
      `     $ ${line.command}`,
      ...lines.map((text) => `       ${text}`),
      `     = exit code ${line.exitCode}`,
    ];
  }
  if (line.kind === 'remark') return [`     ! ${line.text}`];
  return [`     ● ${line.type}  ${line.id}`, ...bodyLines(line.detail)];
};

const renderStep = ({ what, lines }: Step, at: number): string[] => [
  '',
  `  ${at + 1}. ${what}`,
  ...lines.flatMap(render),
];

/**
 * Prints workflows step by step: requests (→), answers (←), events (●), commands ($), their results (=), and missing programs of this machine
 * (!).
 */
export default class WorkflowReporter implements Reporter {
  #vitest: Vitest | undefined;
  /** Workflows that are not printed yet, in the order of their names, whichever ends first. */
  #waiting: string[] = [];
  readonly #ended = new Map<string, TestModule>();

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#waiting = specifications.map(({ moduleId }) => moduleId).sort();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#ended.set(module.moduleId, module);
    for (;;) {
      const next = this.#ended.get(this.#waiting[0] ?? '');
      if (!next) return;
      this.#waiting.shift();
      this.#print(next);
    }
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of unhandled) this.#vitest?.logger.printError(error);
    const failed = modules.filter((module) => !module.ok()).length + unhandled.length;
    console.log(
      failed === 0 ? `${modules.length} workflows, all as told` : `${failed} of ${modules.length} failed`,
    );
  }

  #print(module: TestModule): void {
    const errors = [...module.errors()];
    for (const test of module.children.allTests()) {
      console.log(`${module.relativeModuleId}: ${test.fullName}`);
      console.log((test.meta().story ?? []).flatMap(renderStep).join('\n'));
      const { state, errors: own = [] } = test.result();
      if (state === 'failed') console.log('\n  ✗ here it went another way:');
      errors.push(...own);
      console.log('');
    }
    for (const error of errors) this.#vitest?.logger.printError(error, { project: module.project });
  }
}
