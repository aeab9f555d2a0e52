import { capabilitySet } from './capability-set.ts';
import type { ComposedTask } from './composed-container.ts';
import type { Refuse } from './refusal.ts';

/** `process` of a config.json, and the document of `runc exec --process` (OCI config.md, Process). */
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
  /** None is inheritable: a program gets them from its user and from its file (CVE-2022-24769). */
  readonly capabilities: Readonly<Record<'bounding' | 'effective' | 'permitted', readonly string[]>>;
  readonly rlimits: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly noNewPrivileges: boolean;
}

export const ociProcess = ({ process }: ComposedTask, refuse: Refuse): OciProcess => {
  const { args = [], user, env, capabilities, ...rest } = process;
  if (args.length === 0) refuse('process.args', 'is missing: there is nothing to run');
  const { username, ...numbers } = user;
  if (username !== undefined)
    refuse('process.user.username', 'is a name, and OCI names users of Linux by number');
  const granted = capabilitySet(capabilities);
  return {
    terminal: rest.terminal,
    user: numbers,
    args,
    env: env.map(({ name, value }) => `${name}=${value}`),
    cwd: rest.cwd,
    capabilities: { bounding: granted, effective: granted, permitted: granted },
    rlimits: rest.rlimits,
    noNewPrivileges: rest.noNewPrivileges,
  };
};
