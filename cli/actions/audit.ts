import { Pages } from '../../client/pages.ts';
import { calledEvent } from '../../lib/composition/end-in-words.ts';
import { formatId } from '../../lib/element/id.ts';
import { homeOf, isInline } from '../../lib/element/member-id.ts';
import type { AuditEntry } from '../../lib/event/audit-entry.ts';
import { commandLine, printable } from '../details.ts';
import { meantIdOfAny } from '../meant-id.ts';
import { shortOf } from '../run/made-by-run.ts';
import type { Action } from '../session.ts';
import { changeInWords, codeOfEnd } from '../told-end.ts';

/** Members that only entries of some actions have. */
interface Told extends AuditEntry {
  readonly attempt?: number;
  readonly signal?: string;
  readonly session?: {
    readonly kind: string;
    readonly terminal?: boolean;
    readonly args?: readonly string[];
  };
  readonly how?: string;
  readonly seconds?: number;
}

/** An entry, and the elements to which the same call did the same. */
interface Shown {
  readonly entry: Told;
  readonly others: string[];
}

/** The other element in an entry: a member of this executor, a child, a tag. */
const otherOf = ({ id, child, tag }: Told): string[] =>
  [id ?? child?.id ?? tag?.id].filter((each) => each !== undefined).map(shortOf);

/** Whether the service or a runner made the entry while carrying out another one. */
const isStep = ({ action, actor, changed }: Told): boolean =>
  action === 'Saving' || (action === 'Modified' && (actor.startsWith('taskport:') || changed?.length === 0));

const isSame = (one: Told, other: Told): boolean =>
  one.composition !== undefined &&
  one.action === other.action &&
  one.at === other.at &&
  one.actor === other.actor &&
  one.composition.executorId === other.composition?.executorId &&
  one.composition.revision === other.composition.revision;

const together = (entries: readonly Told[]): Shown[] => {
  const shown: Shown[] = [];
  for (const entry of entries) {
    const last = shown.at(-1);
    if (last && entry.id !== undefined && isSame(last.entry, entry)) last.others.push(...otherOf(entry));
    else shown.push({ entry, others: otherOf(entry) });
  }
  return shown;
};

/** The action in a session, or its end; never its input. */
const sessionInWords = ({ session, how, seconds }: Told): string | undefined => {
  if (!session) return undefined;
  if (how !== undefined) return `${session.kind}, ${how} after ${seconds ?? 0} s`;
  const said = [session.kind, session.terminal ? '-t' : '', commandLine(session.args ?? [])];
  return printable(said.filter(Boolean).join(' '));
};

export const listAudit: Action<{ readonly all?: boolean }> = async (
  session,
  [text = ''],
  { all = false },
) => {
  const meant = await meantIdOfAny(session, text);
  // The trail of an executor includes its inline tasks.
  const id = isInline(meant) ? meant : undefined;
  const audit = session.taskport.elements.audit(id ? formatId(homeOf(id)) : meant, session.call);
  const meantPages = async function* () {
    for await (const page of audit.pages()) {
      const items: readonly Told[] = page.items;
      yield { ...page, items: items.filter((entry) => id === undefined || entry.id === id) };
    }
  };
  if (!session.isForPeople) return session.listPages(Pages.of(meantPages()), () => ({}));
  let left = 0;
  const pages = async function* () {
    for await (const page of meantPages()) {
      const entries = all ? page.items : page.items.filter((entry) => !isStep(entry));
      left += page.items.length - entries.length;
      const items: Shown[] = all
        ? entries.map((entry) => ({ entry, others: otherOf(entry) }))
        : together(entries);
      yield { ...page, items };
    }
  };
  await session.listPages(
    Pages.of(pages()),
    ({ entry, others }) => ({
      at: entry.at,
      action: calledEvent(entry.action, entry),
      other: others.join(', ') || undefined,
      executor: entry.composition && shortOf(entry.composition.executorId),
      attempt: entry.attempt,
      code: codeOfEnd(entry),
      actor: entry.actor,
      reason: sessionInWords(entry) ?? changeInWords(entry),
    }),
    { toMore: ({ entry }) => ({ revision: entry.revision ?? entry.composition?.revision }) },
  );
  if (left > 0)
    session.note(
      `and ${left} ${left === 1 ? 'step' : 'steps'} of the service and its runners, which --all shows`,
    );
};
