import { useId } from 'preact/hooks';
import type { Kind } from '../../lib/kind/index.ts';
import { api } from '../api.ts';
import { shortOf } from '../route.ts';
import { useLoad } from '../use-load.ts';

/** Limits on the locations and the elements that are offered; users can type others. */
const MOST_LOCATIONS = 10;
const MOST_EACH = 200;
const RECENT = 'taskport.recent';
const MOST_RECENT = 8;

const readRecent = (): string[] => {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? '[]') as string[];
  } catch {
    return [];
  }
};

/** Recently used IDs come first the next time. */
export const keepRecent = (...ids: readonly string[]): void => {
  const kept = [...new Set([...ids, ...readRecent()])].slice(0, MOST_RECENT);
  localStorage.setItem(RECENT, JSON.stringify(kept));
};

const firstOf = async <T,>(pages: { pages(): AsyncGenerator<{ readonly items: readonly T[] }, void> }) =>
  (await pages.pages().next()).value?.items ?? [];

/** IDs of these kinds to choose from: recent ones first, then tags, then elements. */
const readChoices = async (kinds: readonly Kind[], signal: AbortSignal): Promise<string[]> => {
  const all = await api.locations.list({ signal, limit: 1000 }).all();
  const meant = all.filter(({ kind }) => kinds.includes(kind)).slice(0, MOST_LOCATIONS);
  const found = await Promise.all(
    meant.map(async ({ kind, name: location }) => {
      const query = { limit: MOST_EACH, signal };
      const [tags, elements] = await Promise.all([
        kind === 'image' ? firstOf(api.tags.list(location, query)) : [],
        firstOf(api.elements.list({ kind, location, filter: ['state=ready'], ...query })),
      ]);
      return [...tags.map(({ tag }) => tag), ...elements.map(({ id }) => id)];
    }),
  );
  const recent = readRecent().filter((id) => kinds.some((kind) => id.startsWith(`${kind}://`)));
  return [...new Set([...recent, ...found.flat()])];
};

/** The IDs to choose from for these kinds; empty while they load, or if the user may not read them. */
export const useChoices = (kinds: readonly Kind[]): readonly string[] =>
  useLoad((signal) => readChoices(kinds, signal), [kinds.join(' ')]).value ?? [];

/** The full ID for a typed text: a full ID, an ID without its kind, or a name. */
export const meantId = (text: string, kinds: readonly Kind[], choices: readonly string[]): string => {
  const said = text.trim();
  if (said.includes(':/') || !said.includes('/')) return said;
  const chosen = choices.find((choice) => shortOf(choice) === said);
  return chosen ?? (kinds.length === 1 ? `${kinds[0]}://${said}` : said);
};

/** A field for a full or short ID, which offers existing ones. */
export const IdInput = ({
  choices,
  onValue,
  ...rest
}: {
  readonly choices: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly required?: boolean | undefined;
  readonly 'aria-invalid'?: true | undefined;
  readonly 'aria-describedby'?: string | undefined;
  readonly onValue: (value: string) => void;
}) => {
  const list = useId();
  return (
    <>
      <input
        {...rest}
        list={list}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <datalist id={list}>
        {choices.map((choice) => (
          <option key={choice} value={shortOf(choice)} />
        ))}
      </datalist>
    </>
  );
};
