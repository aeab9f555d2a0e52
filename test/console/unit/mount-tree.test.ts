import { expect, it } from 'vitest';
import type { MemberJson } from '../../../console/composition/differences.ts';
import { type Mounted, mountTree } from '../../../console/composition/mount-tree.ts';

const at = (path: string): MemberJson => ({
  id: `volume://data/${path.replaceAll('/', '-')}`,
  kind: 'volume',
  bound: false,
  mount: { path, readOnly: false, persistent: true },
});

const shape = (tree: readonly Mounted[]): unknown[] =>
  tree.map(({ path, within }) => (within.length === 0 ? path : [path, shape(within)]));

it('a mount is a child of the nearest mount above it', () => {
  const members = ['/opt/a/b', '/', '/opt/ab', '/opt/a', '/var'].map(at);
  expect(shape(mountTree(members))).toEqual([['/', [['/opt/a', ['/opt/a/b']], '/opt/ab', '/var']]]);
});

it('without a root filesystem the others are still shown', () => {
  const task: MemberJson = { id: 'task://jobs/a', kind: 'task', bound: false };
  expect(shape(mountTree([at('/opt'), task, at('/opt/x')]))).toEqual([['/opt', ['/opt/x']]]);
});
