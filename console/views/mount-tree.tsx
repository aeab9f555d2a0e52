import { defined } from '../../lib/defined.ts';
import { rules } from '../../lib/kind/index.ts';
import type { MemberJson } from '../composition/differences.ts';
import { type Mounted, mountTree } from '../composition/mount-tree.ts';
import type { Operation } from '../composition/operation.ts';
import { IdLink } from '../parts/id-link.tsx';
import { MemberButtons } from '../parts/member-buttons.tsx';
import { State, Unsaved } from '../parts/state.tsx';

interface MountTreeProps {
  readonly members: readonly MemberJson[];
  /** Whether all runs have ended. */
  readonly isOver?: boolean;
  /** Absent if the view is read-only. */
  readonly onPress?: (operation: Operation) => void;
}

/** The progress of a save. */
const savingInWords = ({ since, engine, problem }: NonNullable<MemberJson['saving']>): string =>
  `not saved since ${since}, on the engine ${engine}${problem ? `: ${problem.detail}` : ''}`;

/** Marks of a mount: its writes and their save. */
const marksOf = ({ kind, mount, saving }: MemberJson): string[] => {
  if (!rules[kind].keepsWrites)
    return [mount?.readOnly ? 'read-only' : `changes to ${mount?.path ?? '/'} are not kept`];
  return [
    mount?.readOnly ? 'read-only' : 'read-write',
    ...(mount?.persistent ? [] : ['deleted when it leaves']),
    ...(mount?.save === 'never' ? ['never saved'] : []),
    ...(saving ? [savingInWords(saving)] : []),
  ];
};

const Branch = ({
  of,
  isOver = false,
  onPress,
}: { readonly of: Mounted } & Pick<MountTreeProps, 'isOver' | 'onPress'>) => (
  <li>
    <div class="mount">
      <code>{of.path}</code>
      <span>
        {of.member.kind} <IdLink id={of.member.id} />
      </span>
      {isOver && of.member.bound && of.member.attachment !== undefined && <Unsaved />}
      {(!isOver || of.member.saving) && (
        <State of={of.member.bound ? 'bound' : of.member.saving ? 'saving' : 'joined'} />
      )}
      {marksOf(of.member).map((mark) => (
        <span class="mark" key={mark}>
          {mark}
        </span>
      ))}
      {onPress && <MemberButtons of={of.member} onPress={onPress} />}
    </div>
    {of.within.length > 0 && (
      <ul>
        {of.within.map((each) => (
          <Branch key={each.member.id} of={each} {...defined({ isOver, onPress })} />
        ))}
      </ul>
    )}
  </li>
);

/** The mounts, from the root filesystem down. */
export const MountTree = ({ members, isOver, onPress }: MountTreeProps) => {
  const tree = mountTree(members);
  const hasRoot = tree.some(({ path }) => path === '/');
  return (
    <section class="card" aria-labelledby="mounts">
      <h2 id="mounts">Filesystem</h2>
      {!hasRoot && (
        <p class="muted">
          Nothing is mounted at <code>/</code>: no task can be bound yet.
        </p>
      )}
      {tree.length > 0 && (
        <ul class="tree">
          {tree.map((each) => (
            <Branch key={each.member.id} of={each} {...defined({ isOver, onPress })} />
          ))}
        </ul>
      )}
    </section>
  );
};
