import type { Joining } from '../../client/compositions.ts';
import type { ReadElement } from '../../client/elements.ts';
import { inShell } from '../../lib/composition/session/engine-sessions.ts';
import { defined } from '../../lib/defined.ts';
import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { mergePatch } from '../forms/merge-patch.ts';
import { type Asked, NOTHING, type RunRequest, requestOf } from './request.ts';

const shortOf = (id: string): string => id.replace(/^[a-z]+:\/\//, '');

const locationOf = (id: string): string => shortOf(id).split('/')[0] ?? '';

/** The request that runs the composition of an executor again, on a new executor. */
export const requestAgain = ({ id, spec, composition }: ReadElement): RunRequest => {
  const location = locationOf(id);
  const members = (composition?.members ?? []).map((member): Joining => {
    const { id: memberId, mount, task } = member;
    if (memberId.startsWith(`${id}/tasks/`) && task) {
      const name = memberId.slice(`${id}/tasks/`.length);
      return { task: { name, ...defined({ spec: task.spec as TaskSpec | undefined }) } };
    }
    if (!mount) return { id: memberId };
    const { path, readOnly, persistent, save } = mount;
    return {
      id: memberId,
      mount: {
        path,
        ...defined({ readOnly: readOnly || undefined, save: save === 'never' ? save : undefined }),
        ...(persistent === false && memberId.startsWith('volume://') ? { persistent } : {}),
      },
    };
  });
  const executor = spec && Object.keys(spec).length > 0 ? { spec } : {};
  return { executorId: `executor://${location}/`, executor, members, bind: true } as RunRequest;
};

/** The fields of the form for a specification. */
const fieldsOf = ({ process, resources, restart, deadlines }: TaskSpec): Partial<Asked> => {
  const { entrypoint = [], args = [], env = [], cwd = '', user } = process ?? {};
  const { uid, username, gid, groupname } = (user ?? {}) as Record<string, string | number | undefined>;
  const [who, group] = [uid ?? username, gid ?? groupname];
  const { quota, period = CPU_PERIOD } = resources?.cpu ?? {};
  const memory = resources?.memory?.limit;
  const seconds = deadlines?.runSeconds;
  return {
    entrypoint: inShell(entrypoint),
    command: inShell(args),
    variables: env.map(({ name, value }) => ({ name, value })),
    cwd,
    user: who === undefined ? '' : `${who}${group === undefined ? '' : `:${group}`}`,
    memory: memory === undefined ? '' : memory % 2 ** 20 === 0 ? `${memory / 2 ** 20} MiB` : `${memory} B`,
    cpus: quota === undefined ? '' : String(quota / period),
    timeout: seconds === undefined ? '' : `${seconds} s`,
    restart: (restart?.mode ?? 'never') as Asked['restart'],
    restarts: restart?.attempts === undefined ? '' : String(restart.attempts),
  };
};

const byMember = (request: RunRequest) => ({
  ...request,
  members: Object.fromEntries(
    (request.members ?? []).map((member) => ['id' in member ? member.id : member.task.name, member]),
  ),
});

/** Whether two requests are equal, in any order of their lists. */
const isSame = (one: RunRequest, other: RunRequest): boolean =>
  mergePatch(byMember(one), byMember(other)) === undefined;

/** The fields of the form for a request; undefined if the form has no fields for a part of it. */
export const askedOf = (request: RunRequest): Asked | undefined => {
  const { members = [], executorId } = request;
  const inline = members.flatMap((member) => ('task' in member ? [member.task] : []));
  const others = members.flatMap((member) => ('id' in member ? [member] : []));
  const root = others.find(({ mount }) => mount?.path === '/');
  const asked: Asked = {
    ...NOTHING,
    ...fieldsOf((inline[0]?.spec ?? {}) as TaskSpec),
    location: locationOf(executorId),
    image: root ? shortOf(root.id) : '',
    volumes: others.flatMap(({ id, mount }) =>
      mount && id.startsWith('volume://')
        ? [{ id: shortOf(id), path: mount.path, isReadOnly: mount.readOnly === true }]
        : [],
    ),
    log: shortOf(others.find(({ id }) => id.startsWith('log://'))?.id ?? ''),
  };
  try {
    return isSame(requestOf(asked), request) ? asked : undefined;
  } catch {
    return undefined;
  }
};
