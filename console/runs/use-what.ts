import { useEffect, useState } from 'preact/hooks';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { nameOfRun } from '../route.ts';
import { membersOf, whatOf } from './what-runs.ts';

/** The number of latest runs that the search finds by image and command: each costs a request, once. */
export const MOST_SEARCHED = 100;
const AT_ONCE = 10;

const keyOfRun = ({ executorId, id, boundAt }: ListedRun): string => `${executorId} ${id} ${boundAt}`;

/** Images and commands of the latest runs, read once the user searches; empty if the user may not read them. */
export const useWhat = (runs: readonly ListedRun[], isSearched: boolean): ReadonlyMap<string, string> => {
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = isSearched
    ? runs
        .slice(0, MOST_SEARCHED)
        .filter((run) => !known.has(keyOfRun(run)))
        .slice(0, AT_ONCE)
    : [];
  useEffect(() => {
    let isLeft = false;
    const read = async (run: ListedRun) =>
      [
        keyOfRun(run),
        await membersOf(run).then(
          (members) => whatOf(members, run.id),
          () => '',
        ),
      ] as const;
    Promise.all(wanted.map(read)).then((found) => {
      if (!isLeft && found.length > 0) setKnown((before) => new Map([...before, ...found]));
    });
    return () => {
      isLeft = true;
    };
  }, [wanted.map(keyOfRun).join('\n')]);
  return known;
};

/** Whether the search finds a run by a text in lower case. */
export const isFound = (run: ListedRun, text: string, what: ReadonlyMap<string, string>): boolean =>
  text === '' ||
  [nameOfRun(run), run.id, run.reason, what.get(keyOfRun(run))].join(' ').toLowerCase().includes(text);
