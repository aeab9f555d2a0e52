import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import { capabilitySet } from './capability-set.ts';
import { commandOf } from './command.ts';
import type { ComposedTask } from './composed-container.ts';
import type { Refuse } from './refusal.ts';

/** `process` of a config.json (OCI config.md, Process). */
export interface OciProcess {
  readonly terminal: boolean;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly umask: number;
    readonly additionalGids: readonly number[];
  };
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** No capability is inheritable: a program gets them from its user and from its file (CVE-2022-24769). */
  readonly capabilities: Readonly<Record<'bounding' | 'effective' | 'permitted', readonly string[]>>;
  readonly rlimits: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly noNewPrivileges: boolean;
}

const defaults = taskSpecDefaults.process;

export const ociProcess = (task: ComposedTask, refuse: Refuse): OciProcess => {
  const { user, env, capabilities, cwd = defaults.cwd, ...rest } = task.process;
  for (const name of ['username', 'groupname'] as const) {
    if (user[name] !== undefined)
      refuse(
        `process.user.${name}`,
        'is a name, and OCI names users of Linux by number: set `uid` or `gid` instead',
      );
  }
  const { uid = defaults.user.uid, gid = defaults.user.gid, umask, additionalGids } = user;
  const granted = capabilitySet(capabilities);
  return {
    terminal: rest.terminal,
    user: { uid, gid, umask, additionalGids },
    args: commandOf(task),
    env: env.map(({ name, value }) => `${name}=${value}`),
    cwd,
    capabilities: { bounding: granted, effective: granted, permitted: granted },
    rlimits: rest.rlimits,
    noNewPrivileges: rest.noNewPrivileges,
  };
};
