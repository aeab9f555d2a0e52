import { signals } from '../../lib/element/signal-name.ts';
import { capabilities, defaultCapabilities } from '../../lib/element/task-spec/capability.ts';
import { rlimitTypes } from '../../lib/element/task-spec/rlimit.ts';
import { type Field, fieldsOf } from './fields.ts';
import { describeSpec, type specifications } from './schema.ts';
import { row, table } from './table.ts';
import { takenTable } from './taken.ts';

const PREAMBLE = `# Task specification

Every field of the specification of a task. The specifications of images, executors and logs follow at the end. \`npm run docs\` makes this page
from the schemas in \`lib/element/\`.

- All fields are optional unless the table says \`required\`. The service refuses unknown fields.
- A task inherits the fields that it does not set. Its specification is a merge patch (RFC 7396) of the parent's: objects are
  merged field by field, a list replaces the whole list of the parent, and \`null\` removes a field of the parent.
- The service validates, stores and returns the merged specification. It does not store defaults. They apply to fields that are not set.
- If neither a task nor its ancestors set a field, the value of [the image](#specification-of-an-image) at \`/\` applies, if the image sets one.
- A rule between two fields, such as \`reservation\` not above \`limit\`, applies if both are set.
- If the source of a bound gives no figure, the figure is Taskport's own: above common values, and small enough to store.
- Text contains neither NUL nor half of a surrogate pair. Its length is in UTF-16 code units.

A parent, its child, and the merged specification of the child:

\`\`\`json
{ "process": { "args": ["/bin/sync", "--all"], "cwd": "/srv" }, "restart": { "mode": "on-failure", "attempts": 5 } }
{ "process": { "args": ["/bin/sync"] }, "restart": { "attempts": null } }
{ "process": { "args": ["/bin/sync"], "cwd": "/srv" }, "restart": { "mode": "on-failure" } }
\`\`\`
`;

const TAKEN = `A target of a plan takes a field unchanged, or refuses it with the reason and, if possible, the way out. No target ignores a field silently. All targets take
the fields that are not in the table. If a target takes \`some\` values of a field, the reasons of a refused plan name the others. Every target takes a plan without the field.
`;

const EXECUTOR = `Settings that apply to all tasks of the executor. A child of an executor inherits none of them. \`resources\` can change later.

- **Network**: \`bridge\`, \`none\` and published ports from 1024 on need no permission. The network of the machine (\`host\`), a network of
  the engine by its name, and ports of the machine below 1024 need an entry of the executor's location (\`allow.networks\`: \`host\`, \`<name>\`,
  \`port:80\`, or \`port:\` for all ports). The service does not create an executor without these entries. If the location loses an entry later, the service renders no plan.
- **Resources** are a ceiling. They apply to a task that sets no limit, and no task may exceed them. If an executor has several tasks and limits \`memory.limit\`, \`cpu.quota\` or \`pids\`,
  each task must set its own value, and the sum must not exceed the limit of the executor, since engines limit each container separately.
`;

const IMAGE = `The values of task fields that the author of the image set. An image that is pushed with a config gets its specification from the config. \`unexpressed\` names the settings
that no field can hold. Any other image may get a specification at its creation: a merge patch of the parent's specification, with \`env\` merged
by name. The specification of an image never changes.

A task runs on the storage that is mounted at \`/\`. If it is an image, the specification of this image applies. If it is a volume, the specification of the nearest image among
the ancestors of the volume applies. Storage at other paths has no effect on the specification.

- The task's \`entrypoint\` replaces the image's \`entrypoint\` and \`args\`. The task's \`args\` replace the image's \`args\`.
- \`env\` is merged by name. A secret of the task replaces a variable of the same name.
- A \`uid\` or \`username\` of the task replaces the whole user of the image.
- A \`healthCheck.command\` of the task replaces the whole check of the image. Without a command, the task may set other fields of the check.
- Labels become annotations. Annotations of the task replace labels of the same name.
- Every other field of the task replaces that of the image.
- If \`unexpressed\` names a field that decides what runs (\`process\`, \`stop.signal\`, \`healthCheck.command\`), the service refuses a plan until the task sets this field.

In plans for the target \`container\`, \`from\` names the origin of each field. If an image only names an image of another registry, the engine decides about the \`entrypoint\`, \`args\`, \`cwd\` and
\`user\` that neither the image nor the task sets.
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
  process: `The overrides of a join merge \`env\` by name. They replace or add the variables that they name, and remove a variable whose \`value\` is \`null\`.
Other variables stay. If overrides remove a variable, the value of the image applies again.

A task may add capabilities only if the location of the executor allows them (\`allow.capabilities\`). The service refuses to join or bind
a task that adds others.
`,
  secrets: `A task may name a secret only if the location of the executor allows it (\`allow.secrets\`). Only the engine that runs the task gets the value.
The name of the secret is visible, like the whole specification, to callers who may \`read\` the task. If the task has joined an executor, the plan and the composition also show it to callers
who may \`execute\` on the executor. Other readers of the executor see the task without its specification. Do not write secret values into
\`process.env\` or \`process.args\`.

On a runner, the value comes from the store that \`taskport runner --secrets\` names ([runners](runners.md#set-up-a-runner)). \`docker inspect\` shows a variable to everyone who may use the engine. A file is
in memory, read-only, with mode 0444. \`docker inspect\` does not show it. **Everyone who may use the engine can read it by \`docker exec\`.**
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
    `The signals of signal(7), without \`SIG\`: ${named(signals)}`,
    'The service also accepts the synonyms `IOT`, `CLD` and `POLL`.\n',
    '## Capabilities\n',
    `The capabilities of capabilities(7). The default ones are those of Docker and containerd: ${named(defaultCapabilities)}`,
    `The others: ${named(capabilities.slice(defaultCapabilities.length))}`,
    '## Resource limits\n',
    `The limits of setrlimit(2): ${named(rlimitTypes)}`,
    '## Specification of an image\n',
    IMAGE,
    `${fieldTable(fieldsOfSpec('ImageSpec'))}\n`,
    '## Specification of an executor\n',
    EXECUTOR,
    `${fieldTable(fieldsOfSpec('ExecutorSpec'))}\n`,
    '## Specification of a log\n',
    `The destination of the lines. A log with a bucket or a log group joins only if the location of the executor allows it (\`allow.logs\`: \`s3://<bucket>/<prefix>\`,
\`cloudwatch:<group>\`). The runner keeps the files of logs with \`file\` below its own directory.\n`,
    `${fieldTable(fieldsOfSpec('LogSpec'))}\n`,
  ].join('\n');
