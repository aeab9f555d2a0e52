import { TMPFS_MODE } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import type { ComposedContainer } from './composed-container.ts';
import type { Refuse } from './refusal.ts';

/** The directories in memory of a task, with all defaults. */
export const filledTmpfs = ({ tmpfs = [] }: TaskSpec) =>
  tmpfs.map(({ path, size, mode = TMPFS_MODE }) => ({ path, mode, size }));
export type Tmpfs = ReturnType<typeof filledTmpfs>[number];

/** The options of its mount (tmpfs(5)). */
export const tmpfsOptions = ({ mode, size }: Tmpfs): string[] => [
  `mode=${mode.toString(8)}`,
  ...(size === undefined ? [] : [`size=${size}`]),
];

/** Refuses a directory in memory at the path of storage. */
export const refuseTmpfsOnStorage = (
  { tmpfs = [] }: TaskSpec,
  storage: ComposedContainer['storage'],
  refuse: Refuse,
): void => {
  for (const [at, { path }] of tmpfs.entries()) {
    const there = storage.find(({ mount }) => mount.path === path);
    if (there) refuse(`tmpfs[${at}].path`, `is where ${there.id} is mounted: take another`);
  }
};
