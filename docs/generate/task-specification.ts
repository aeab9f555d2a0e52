import { signals } from '../../lib/element/signal-name.ts';
import { capabilities, defaultCapabilities } from '../../lib/element/task-spec/capability.ts';
import { rlimitTypes } from '../../lib/element/task-spec/rlimit.ts';
import { type Field, fieldsOf } from './fields.ts';
import { describeSpec, type specifications } from './schema.ts';
import { row, table } from './table.ts';
import { takenTable } from './taken.ts';

const PREAMBLE = `# Task specification

What a task says of itself, field by field; the specifications of images, executors and logs follow at the end. This page is
made of the schemas in \`lib/element/\` by \`npm run docs\`.

- Every field may be left out but the \`required\` ones. Unknown fields are refused.
- A task inherits what it does not say. Its specification is a merge patch (RFC 7396) of its parent's: objects are
  merged field by field, a list replaces the whole list of the parent, and \`null\` takes away what the parent says.
- The merged whole is validated, stored and returned. Defaults are not stored: they hold where it says nothing.
- What neither it nor its parents say is as [the image](#specification-of-an-image) at \`/\` says, where that says anything.
- A rule between two fields, such as \`reservation\` not above \`limit\`, holds where both are given.
- Where the source of a bound gives no figure, the figure is our own: beyond what is in use, and small enough to keep.
- Text contains neither NUL nor half of a surrogate pair. Its length is in UTF-16 code units.

A parent and a child of it, and what the child is then:

\`\`\`json
{ "process": { "args": ["/bin/sync", "--all"], "cwd": "/srv" }, "restart": { "mode": "on-failure", "attempts": 5 } }
{ "process": { "args": ["/bin/sync"] }, "restart": { "attempts": null } }
{ "process": { "args": ["/bin/sync"], "cwd": "/srv" }, "restart": { "mode": "on-failure" } }
\`\`\`
`;

const TAKEN = `A target of a plan takes a field as it is, or refuses it with the reason and, where there is one, the way out. Nothing is dropped in silence. Every target takes
the fields that are not listed. Of those with \`some\`, the reasons of a plan say which values; a plan without the field is always had.
`;

const EXECUTOR = `What holds for all that it runs. A child of an executor inherits none of it; \`resources\` may be changed.

- **Network**: \`bridge\` and \`none\` need nobody's leave, and neither do published ports from 1024 on. The network of the machine (\`host\`), a network of
  the engine by its name, and ports of the machine below 1024 are had where the location of the executor allows them (\`allow.networks\`: \`host\`, \`<name>\`,
  \`port:80\`, or \`port:\` for all ports). An executor that asks for others is not created; where its location does not allow them any more, there is no plan.
- **Resources** are a ceiling: they hold where a task says nothing, and no task has more. Of several tasks each says its own of \`memory.limit\`, \`cpu.quota\` and \`pids\`
  that the executor limits, and the sum is not above that: engines limit containers, one by one.
`;

const IMAGE = `How an image says that it runs. An image that is pushed with a config has it from there: what no field can keep is named in
\`unexpressed\`. Any other image may be given one; it begins as its parent's, of which a merge patch says the difference, and \`env\` is merged
by name. It never changes.

A task runs on what is mounted at \`/\`. Where that is an image, the image's specification counts; where it is a volume, that of the nearest image that
the volume descends from. What is mounted elsewhere says nothing.

- The task's \`entrypoint\` stands in for the image's \`entrypoint\` and \`args\`; its \`args\` stand in for the image's \`args\`.
- \`env\` is merged by name. A secret of the task takes the place of a variable of its name.
- A \`uid\` or \`username\` of the task stands in for all of the image's user.
- A \`healthCheck.command\` of the task stands in for all of the image's check; without one the task may say a check's other fields.
- Labels become annotations; those of the task take the place of labels of their names.
- Everything else that the task says takes the place of what the image says.
- A field that is named in \`unexpressed\` and that decides what runs (\`process\`, \`stop.signal\`, \`healthCheck.command\`) refuses a plan until the task says it.

Plans for the target \`container\` say whose each field is, in \`from\`. Of an image that only names a registry's, \`entrypoint\`, \`args\`, \`cwd\` and
\`user\` that nobody says are left to the engine.
`;

const fieldTable = (fields: readonly Field[]): string =>
  table(
    ['Field', 'Type', 'Bounds', 'Default', 'Meaning', 'Source'],
    fields.map((field) =>
      row([`\`${field.path}\``, field.type, field.bounds, field.default, field.description, field.source]),
    ),
  );

const named = (names: readonly string[]): string => `${names.map((name) => `\`${name}\``).join(', ')}.\n`;

/** Every field of a specification. */
export const fieldsOfSpec = (name: keyof typeof specifications): Field[] => fieldsOf(describeSpec(name));

/** Further facts about a field as a whole. */
const notes: Readonly<Record<string, string>> = {
  process: `The overrides of a join merge \`env\` by name: a variable that they name is replaced or added, one whose \`value\` is \`null\`
is taken away, and the others stay. What the image says of a name that was taken away counts again.

Capabilities beyond the default ones are had where the location of the executor allows them (\`allow.capabilities\`): a
task that asks for others neither joins nor is bound.
`,
  secrets: `A secret is asked for where the location of the executor allows it (\`allow.secrets\`). Its value is known to who runs the task
alone. Its name, like all of the specification, is shown to who may \`read\` the task; of a joined task, also to who may \`execute\` on the executor, by the
plan and the composition. Other readers of the executor see the task without its specification. Do not write what only the task may know into
\`process.env\` or \`process.args\`.

On a runner the value comes from the store that \`taskport runner --secrets\` names ([operations](operations.md#a-runner)). A variable is shown by \`docker inspect\` to who may use the engine there; a file is
in memory, read-only, mode 0444, and shown by nothing.
`,
};

/** A table for each top-level field. */
const sections = (name: keyof typeof specifications): string => {
  const fields = fieldsOfSpec(name);
  const partOf = ({ path }: Field): string => path.split(/[.[]/)[0] as string;
  return [...new Set(fields.map(partOf))]
    .map((part) => {
      const [whole, ...parts] = fields.filter((field) => partOf(field) === part) as [Field];
      const rows = whole.type === 'object' ? parts : [whole, ...parts];
      const note = notes[part] === undefined ? '' : `${notes[part]}\n`;
      return `## ${part}\n\n${whole.description} Source: ${whole.source}.\n\n${note}${fieldTable(rows)}\n`;
    })
    .join('\n');
};

/** The page docs/task-specification.md. */
export const taskSpecification = (): string =>
  [
    PREAMBLE,
    sections('TaskSpec'),
    '## What targets take\n',
    TAKEN,
    `${takenTable()}\n`,
    '## Signals\n',
    `Of signal(7), without \`SIG\`: ${named(signals)}`,
    'Their second names `IOT`, `CLD` and `POLL` are taken as well.\n',
    '## Capabilities\n',
    `Of capabilities(7). The default ones, as in Docker and containerd: ${named(defaultCapabilities)}`,
    `The others: ${named(capabilities.slice(defaultCapabilities.length))}`,
    '## Resource limits\n',
    `Of setrlimit(2): ${named(rlimitTypes)}`,
    '## Specification of an image\n',
    IMAGE,
    `${fieldTable(fieldsOfSpec('ImageSpec'))}\n`,
    '## Specification of an executor\n',
    EXECUTOR,
    `${fieldTable(fieldsOfSpec('ExecutorSpec'))}\n`,
    '## Specification of a log\n',
    `Where the lines go. A bucket or a log group is joined where the location of the executor allows it (\`allow.logs\`: \`s3://<bucket>/<prefix>\`,
\`cloudwatch:<group>\`); files and logs that say nothing are kept by the runner, below its own directory.\n`,
    `${fieldTable(fieldsOfSpec('LogSpec'))}\n`,
  ].join('\n');
