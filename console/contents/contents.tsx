import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { bytes, counted, localTime } from '../parts/amounts.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useLeaving } from '../use-leaving.ts';
import { type Entry, tarEntries, unpacked } from './tar-entries.ts';

/** The most entries to list, so that the page stays usable. */
const MOST = 200_000;
const SHOWN = 1_000;
/** The user has to request the files of larger data. */
const MOST_UNASKED = 2 ** 20;

const readEntries = async (id: string, signal: AbortSignal): Promise<Entry[]> => {
  const { url } = await api.elements.locateData(id, { signal });
  const answer = await fetch(url, { signal });
  if (!answer.ok || !answer.body) throw new Error(`The store answered with status ${answer.status}.`);
  const found: Entry[] = [];
  for await (const entry of tarEntries(await unpacked(answer.body))) {
    if (entry.path !== '') found.push(entry);
    if (found.length === MOST) break;
  }
  return found;
};

interface Shown {
  readonly name: string;
  readonly entry: Entry | undefined;
  readonly isDirectory: boolean;
}

/** The entries of a directory, and directories that occur only in paths. */
const inDirectory = (entries: readonly Entry[], directory: string): Shown[] => {
  const prefix = directory === '' ? '' : `${directory}/`;
  const found = new Map<string, Shown>();
  for (const entry of entries) {
    if (!entry.path.startsWith(prefix) || entry.path === directory) continue;
    const [name = '', ...below] = entry.path.slice(prefix.length).split('/');
    const isItself = below.length === 0;
    const before = found.get(name);
    found.set(name, {
      name,
      entry: isItself ? entry : before?.entry,
      isDirectory: !isItself || entry.type === 'directory' || (before?.isDirectory ?? false),
    });
  }
  return [...found.values()].sort(
    (a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.name < b.name ? -1 : 1),
  );
};

const Row = ({ of, onOpen }: { readonly of: Shown; readonly onOpen: () => void }) => (
  <tr>
    <th scope="row">
      {of.isDirectory ? (
        <button type="button" class="link" onClick={onOpen}>
          {of.name}/
        </button>
      ) : (
        of.name
      )}
      {of.entry?.type === 'link' && <span class="muted"> → {of.entry.target}</span>}
    </th>
    <td class="number">{of.entry?.type === 'file' && bytes(of.entry.size)}</td>
    <td class="muted">{of.entry && localTime(new Date(of.entry.modified * 1_000).toISOString())}</td>
  </tr>
);

/** The files of an element's data, directory by directory. It reads small data at once. */
export const Contents = ({ id, size }: { readonly id: string; readonly size: number }) => {
  const [entries, setEntries] = useState<readonly Entry[]>();
  const [isReading, setReading] = useState(false);
  const [error, setError] = useState<unknown>();
  const [directory, setDirectory] = useState('');
  const { signal } = useLeaving();
  const read = async (): Promise<void> => {
    setReading(true);
    setError(undefined);
    try {
      setEntries(await readEntries(id, signal));
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    } finally {
      setReading(false);
    }
  };
  useEffect(() => {
    if (size <= MOST_UNASKED) void read();
  }, []);
  const steps = directory === '' ? [] : directory.split('/');
  const shown = entries && inDirectory(entries, directory);
  return (
    <section class="card" aria-labelledby="contents">
      <h2 id="contents">Files</h2>
      <ProblemNotice error={error} />
      {!shown && (
        <p>
          <button
            type="button"
            class="quiet"
            aria-disabled={isReading}
            onClick={() => isReading || void read()}
          >
            {isReading ? 'Reading …' : `Browse the files (reads ${bytes(size)})`}
          </button>
        </p>
      )}
      {entries && shown && (
        <>
          <nav class="path" aria-label="Directory">
            {['', ...steps].map((step, at) => (
              <button
                key={steps.slice(0, at).join('/')}
                type="button"
                class="link"
                aria-current={at === steps.length ? 'location' : undefined}
                onClick={() => setDirectory(steps.slice(0, at).join('/'))}
              >
                {at === 0 ? '/' : step}
              </button>
            ))}
          </nav>
          {shown.length === 0 ? (
            <p class="muted">Nothing is in it.</p>
          ) : (
            <div class="wide">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" class="number">
                      Size
                    </th>
                    <th scope="col">Modified</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.slice(0, SHOWN).map((each) => (
                    <Row
                      key={each.name}
                      of={each}
                      onOpen={() => setDirectory(directory === '' ? each.name : `${directory}/${each.name}`)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <p class="help">
            {counted(shown.length, 'entry', 'entries')} here, {counted(entries.length, 'entry', 'entries')} in
            all
            {shown.length > SHOWN && `; the first ${SHOWN} are shown`}
            {entries.length === MOST && ', as far as they are read'}.
          </p>
        </>
      )}
    </section>
  );
};
