import { boundInWords } from '../../client/bound-in-words.ts';
import { ABSENT, isCode, ProblemError } from '../../client/problem-error.ts';
import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import { bytes, span } from '../parts/amounts.ts';
import { partsOfId, shortOf } from '../route.ts';
import type { Asked, FieldIssues, ReadForm } from './request.ts';

interface Field {
  readonly name: keyof Asked;
  /** The beginning of a sentence about its value. */
  readonly subject: string;
  readonly inUnit?: (bound: number) => string;
}

/** The fields for places in the specification of the task. */
const IN_TASK: readonly (readonly [RegExp, Field])[] = [
  [/^process\.entrypoint/, { name: 'entrypoint', subject: 'The entrypoint has to' }],
  [/^process\.args/, { name: 'command', subject: 'The command has to' }],
  [/^process\.cwd/, { name: 'cwd', subject: 'The working directory has to' }],
  [/^process\.user/, { name: 'user', subject: 'The user has to' }],
  [
    /^resources\.memory/,
    { name: 'memory', subject: 'Memory has to', inUnit: (count) => bytes(count).replace('.0 ', ' ') },
  ],
  [
    /^resources\.cpu/,
    { name: 'cpus', subject: 'CPUs have to', inUnit: (quota) => (quota / CPU_PERIOD).toLocaleString('en') },
  ],
  [
    /^deadlines/,
    { name: 'timeout', subject: 'The time limit has to', inUnit: (seconds) => span(seconds * 1_000) },
  ],
  [/^restart/, { name: 'restarts', subject: 'Restarts have to' }],
];

const NAME: Field = { name: 'name', subject: 'The name has to' };
const VARIABLE = /^process\.env\[(\d+)\]\.?(\w*)/;

/** A sentence for an issue, about the value of a field. */
const sentence = (message: string, { subject, inUnit }: Pick<Field, 'subject' | 'inUnit'>): string => {
  const bound = boundInWords(message, inUnit);
  if (bound !== undefined) return `${subject} ${bound}.`;
  const rest = message.replace(/^must /, '');
  return rest === message ? message : `${subject} ${rest}.`;
};

/** The field of a variable: its row, or the pasted file. */
const variableField = (asked: Asked, name: string, part: string): string => {
  const row = asked.variables.findIndex((each) => each.name === name);
  if (row < 0) return 'pasted';
  return `${part === 'value' ? 'value' : 'variable'}-${row}`;
};

/** The field for a place of the request, and its message; undefined if the form has no field for it. */
const placed = (
  { asked, request, fields }: ReadForm,
  path: string,
  message: string,
): readonly [string, string] | undefined => {
  const told = (field: Field) => [field.name, sentence(message, field)] as const;
  if (/^executorId/.test(path)) return told(NAME);
  const [, at, rest = ''] = /^members\[(\d+)\]\.?(.*)/.exec(path) ?? [];
  const field = at === undefined ? undefined : fields[Number(at)];
  if (field === undefined) return undefined;
  if (field !== 'task') {
    const isPath = field.startsWith('volume-') && rest.startsWith('mount');
    const subject = isPath ? 'The path has to' : 'The name has to';
    return [isPath ? field.replace('volume', 'path') : field, sentence(message, { subject })];
  }
  const inTask = rest.replace(/^(task\.)?spec\./, '');
  const [, variable, part = ''] = VARIABLE.exec(inTask) ?? [];
  if (variable !== undefined) {
    const task = request.members?.[Number(at)] as {
      task?: { spec?: { process?: { env?: { name: string }[] } } };
    };
    const name = task.task?.spec?.process?.env?.[Number(variable)]?.name ?? '';
    const subject = part === 'value' ? 'The value has to' : 'The name has to';
    return [variableField(asked, name, part), sentence(message, { subject })];
  }
  const [, found] = IN_TASK.find(([place]) => place.test(inTask)) ?? [];
  return found && told(found);
};

/** The member that does not exist, or whose location does not. */
const memberAt = ({ request }: ReadForm, id: unknown, location: unknown): number =>
  (request.members ?? []).findIndex(
    (member) => 'id' in member && (member.id === id || partsOfId(member.id).location === location),
  );

const absence = (id: unknown, location: unknown): string =>
  typeof id === 'string' ? `${shortOf(id)} does not exist.` : `There is no such location: ${location}.`;

/** Where a refusal belongs: messages for fields of the form, and whether all of it has a field. */
interface Placed {
  readonly issues: FieldIssues;
  readonly isWhole: boolean;
}

/** Places a refusal of the service at the fields of the form. */
export const placeRefusal = (error: unknown, form: ReadForm): Placed => {
  if (!(error instanceof ProblemError)) return { issues: {}, isWhole: false };
  const { issues: said = [], path, id, location } = error.problem;
  // A new name has neither an executor nor a composition.
  if (isCode(error, 'name-collision', 'stale-handle'))
    return { issues: { name: 'This name is taken: write another, or none.' }, isWhole: true };
  if (isCode(error, 'mount-conflict')) {
    const row = form.asked.volumes.findLastIndex((each) => each.path.trim() === path);
    if (row >= 0)
      return { issues: { [`path-${row}`]: 'Another volume or the image has this path.' }, isWhole: true };
  }
  if (isCode(error, ...ABSENT)) {
    const at = memberAt(form, id, location);
    if (at >= 0) return { issues: { [form.fields[at] ?? '']: absence(id, location) }, isWhole: true };
  }
  const found = said.map((issue) => placed(form, issue.path, issue.message));
  const known = found.filter((each) => each !== undefined);
  return { issues: Object.fromEntries(known), isWhole: known.length > 0 && known.length === found.length };
};
