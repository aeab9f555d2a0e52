import { defined } from '../defined.ts';
import { saving as savingSchema, settled as settledSchema } from '../element/attachment-schema.ts';
import { inOrder } from '../in-order.ts';
import { type Composition, isRunning, isTask, type Member, type TaskMember } from './composition.ts';
import { formatHandle } from './handle.ts';
import { reasonOf } from './reason.ts';
import { joinedTask, mount as mountSchema } from './run-schema.ts';
import type { CompositionJson, HandleJson } from './shown-composition.ts';

type MemberJson = CompositionJson['members'][number];
type TaskJson = NonNullable<MemberJson['task']>;

/** Whether to show the specification of a task or an image. */
export type ShowsSpec = (id: string) => boolean;

const presentTask = (member: TaskMember, showsSpec: boolean): TaskJson => {
  const { run, spec, overridden: _, boundSince: __, ...task } = member.task;
  return inOrder(joinedTask, {
    ...task,
    ...run,
    ...defined({ reason: reasonOf(run) }),
    ...(showsSpec ? { spec } : { specHidden: true }),
  } as TaskJson);
};

const presentMember = (member: Member, showsSpec: ShowsSpec): MemberJson => {
  const { id, kind, bound, mount, image, attachment, saving, settled } = member;
  return defined({
    id,
    kind,
    bound,
    mount: mount && inOrder(mountSchema, mount),
    image: image && showsSpec(image.id) ? (image as MemberJson['image']) : undefined,
    attachment,
    saving: attachment !== undefined && saving ? inOrder(savingSchema, { attachment, ...saving }) : undefined,
    settled: settled && inOrder(settledSchema, settled),
    task: isTask(member) ? presentTask(member, showsSpec(id)) : undefined,
  });
};

/** The step of a member for which a closing waits. */
const awaited = (member: Member): NonNullable<CompositionJson['closing']>['waitsFor'] => {
  const { id, saving } = member;
  if (isRunning(member)) {
    const message =
      'its runner stops it and reports its end; if the machine is lost, an administrator fences the runner';
    return [{ id, why: 'running', message }];
  }
  const message = 'its runner saves the writes; `discard` or a release by an administrator discards them';
  return saving ? [{ id, why: 'saving', message }] : [];
};

export const presentComposition = (composition: Composition, showsSpec: ShowsSpec): CompositionJson => {
  const { executorId, revision, members, closing, createdAt, modifiedAt, modifiedBy } = composition;
  return defined({
    executorId,
    revision,
    members: members.map((member) => presentMember(member, showsSpec)),
    closing: closing && { ...closing, waitsFor: members.flatMap(awaited) },
    createdAt,
    modifiedAt,
    modifiedBy,
  });
};

export const presentHandle = (
  deployment: string,
  composition: Composition,
  showsSpec: ShowsSpec,
): HandleJson => ({
  handle: formatHandle(deployment, composition),
  composition: presentComposition(composition, showsSpec),
});
