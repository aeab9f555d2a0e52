import * as z from 'zod/mini';
import { selection } from '../../../lib/composition/bind.ts';
import { interruptRequest } from '../../../lib/composition/interrupt.ts';
import { joinRequest } from '../../../lib/composition/join.ts';
import { leaveRequest } from '../../../lib/composition/leave.ts';
import { openRequest } from '../../../lib/composition/open-composition.ts';
import { reportRequest } from '../../../lib/composition/report-request.ts';
import { signal } from '../../../lib/element/signal.ts';
import { taskSpec } from '../../../lib/element/task-spec.ts';
import { memberKinds } from '../../../lib/kind/index.ts';
import { answered, asked, pageOf, revision, time } from './component.ts';

asked('OpenRequest', 'Whose composition is asked for.', openRequest, {
  executorId: 'The ID of the executor.',
});

asked('JoinRequest', 'What is to join.', joinRequest, {
  id: 'The ID of an image, a volume, a log or a task.',
  mount: 'Where storage is to appear; required for images and volumes, and only there.',
  'mount.path':
    'Absolute, without `..`. An image at `/` is the root filesystem. Not `/proc`, `/sys`, what is below them, or `/dev`.',
  'mount.readOnly': 'Whether nothing may be written there.',
  'mount.persistent':
    'Whether a volume is kept; otherwise the executor has it to itself, and it is deleted when it leaves.',
  overrides: 'What a task is to do otherwise this time: a merge patch of its specification.',
});

asked('Selection', 'One element of a composition, or all of them.', selection, {
  id: 'The ID of the element; absent for all.',
});

asked('LeaveRequest', 'What is to leave.', leaveRequest, { id: 'The ID of the element.' });

asked('Signal', 'A signal of Linux by its name, with or without `SIG`.', signal);

asked('InterruptRequest', 'Which task is to be sent which signal.', interruptRequest, {
  id: 'The ID of the task.',
  signal: 'The signal.',
});

const attempts =
  'Which attempt to run it this is: that of the composition, or a later one where it was restarted.';
const output = z.object({ stdout: z.optional(z.string()), stderr: z.optional(z.string()) });
const outputFields = {
  output: 'Where its output is.',
  'output.stdout': 'URI of what it wrote to standard output.',
  'output.stderr': 'URI of what it wrote to standard error.',
};
const runStates = ['created', 'bound', 'running', 'exited', 'failed'] as const;

const reportFields = {
  attempt: attempts,
  state: '`running`: it runs. `exited`: it ended. `failed`: it could not be started.',
  exitCode: 'Its exit code, where it ended with one.',
  exitSignal: 'The signal that ended it, where one did.',
  launchError: 'Why it could not be started.',
  unhealthy: 'That it was ended because its health check failed.',
  ...outputFields,
  at: 'When it happened; RFC 3339, UTC.',
};

const [running, exited, failed] = reportRequest.def.options;
const told = (names: readonly string[]) =>
  Object.fromEntries(
    Object.entries(reportFields).filter(([name]) => names.includes(name.split('.')[0] ?? '')),
  );
asked('RunningReport', 'That a task runs.', running, told(Object.keys(running.shape)));
asked('ExitedReport', 'That a task ended.', exited, told(Object.keys(exited.shape)));
asked('FailedReport', 'That a task could not be started.', failed, told(Object.keys(failed.shape)));
asked('ReportRequest', 'What whoever runs a task reports.', reportRequest);

/** As it is kept. */
export const report = answered(
  'Report',
  'What was reported on a task.',
  z.object({
    attempt: z.int(),
    state: z.enum(['running', 'exited', 'failed']),
    exitCode: z.optional(z.int()),
    exitSignal: z.optional(z.string()),
    launchError: z.optional(z.string()),
    unhealthy: z.optional(z.literal(true)),
    output: z.optional(output),
    at: time(),
  }),
  reportFields,
);

export const reportPage = pageOf('ReportPage', 'reports, the earliest first', report);

const task = answered(
  'JoinedTask',
  'A task as it was joined, and what has become of it.',
  z.object({
    revision: revision(),
    state: z.enum(runStates),
    attempt: z.int(),
    exitCode: z.optional(z.int()),
    exitSignal: z.optional(z.string()),
    launchError: z.optional(z.string()),
    unhealthy: z.optional(z.literal(true)),
    output: z.optional(output),
    boundAt: z.optional(time()),
    startedAt: z.optional(time()),
    endedAt: z.optional(time()),
    restarts: z.optional(z.int()),
    runningSince: z.optional(time()),
    heardAt: z.optional(time()),
    halted: z.optional(z.enum(['run-deadline', 'not-after'])),
    ephemeral: z.boolean(),
    storageId: z.optional(z.string()),
    interrupt: z.optional(z.object({ signal: z.string(), count: z.int(), attempt: z.int() })),
    spec: z.optional(taskSpec),
    specHidden: z.optional(z.literal(true)),
  }),
  {
    revision: 'The revision of the task of which this is a snapshot.',
    state: '`created → bound → running → exited | failed`.',
    attempt:
      'Which attempt to run it this is; each bind begins another, and so does each restart. 0 before the first.',
    exitCode: reportFields.exitCode,
    exitSignal: reportFields.exitSignal,
    launchError: reportFields.launchError,
    unhealthy: reportFields.unhealthy,
    ...outputFields,
    boundAt: 'When this attempt was asked for.',
    startedAt: 'When it began, as was reported.',
    endedAt: 'When it ended, as was reported.',
    restarts: 'How many attempts there were before this one since the bind; absent for none.',
    runningSince: 'When it was first heard, since the bind, that it runs.',
    heardAt: 'When the last report came.',
    halted: 'The deadline that is over, where one is: it is to be stopped.',
    ephemeral: 'Whether it was joined while another was bound: it leaves by itself when it stops.',
    storageId: 'The storage that it is associated with and came along with.',
    interrupt: 'The last signal that it was to be sent.',
    'interrupt.signal': 'Its name, without `SIG`.',
    'interrupt.count': 'How many signals there were.',
    'interrupt.attempt': 'To which attempt it was to be sent.',
    spec: 'Merged of the task’s own, its parents’ and the overrides; its paths as the container sees them. Shown to who may `read` the task, or `execute` on the executor.',
    specHidden: 'That the specification is not shown, since the caller may do neither.',
  },
);

const member = answered(
  'Member',
  'An element that is joined.',
  z.object({
    id: z.string(),
    kind: z.enum(memberKinds),
    bound: z.boolean(),
    mount: z.optional(z.object({ path: z.string(), readOnly: z.boolean(), persistent: z.boolean() })),
    task: z.optional(task),
  }),
  {
    id: 'The ID of the element.',
    kind: 'What it is.',
    bound: 'Whether it is bound: storage attached, a task asked to run.',
    mount: 'Where storage appears.',
    'mount.path': 'Absolute and normalised.',
    'mount.readOnly': 'Whether nothing may be written there.',
    'mount.persistent': 'False for a volume that is deleted with the leave.',
    task: 'What is to be known of a task.',
  },
);

export const composition = answered(
  'Composition',
  'The elements that are joined to an executor, in the order in which they were.',
  z.object({
    executorId: z.string(),
    revision: revision(),
    members: z.array(member),
    createdAt: time(),
    modifiedAt: time(),
    modifiedBy: z.string(),
  }),
  {
    executorId: 'The ID of the executor.',
    revision: '1, 2, 3 …; every change moves it by one, reports on tasks included.',
    members: 'What is joined; up to 30.',
    createdAt: 'When it was opened; RFC 3339, UTC.',
    modifiedAt: 'When it was last changed.',
    modifiedBy: 'The principal who last changed it.',
  },
);

export const handled = answered(
  'HandledComposition',
  'A composition, and the handle to go on with.',
  z.object({ handle: z.string(), composition }),
  {
    handle: 'Names this revision of the composition; opaque. Every operation answers the next.',
    composition: 'The composition.',
  },
);
