import { useEffect, useState } from 'preact/hooks';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { nameOfRun } from '../route.ts';
import { membersOf, whatOf } from './what-runs.ts';

/** The latest runs are found by image and command too: to know these costs a request each, once. */
export const MOST_SEARCHED = 100;
const AT_ONCE = 10;

const keyOfRun = ({ executorId, id, boundAt }: ListedRun): string => `${executorId} ${id} ${boundAt}`;

/** Images and commands of the latest runs, read once somebody searches; empty where they cannot be read. */
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

/** Whether a run is found by a text in small letters. */
export const isFound = (run: ListedRun, text: string, what: ReadonlyMap<string, string>): boolean =>
  text === '' ||
  [nameOfRun(run), run.id, run.reason, what.get(keyOfRun(run))].join(' ').toLowerCase().includes(text);
