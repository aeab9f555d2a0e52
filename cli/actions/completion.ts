import type { Argument, Command, Option } from 'commander';
import { type Kind, kinds } from '../../lib/kind/index.ts';
import { readConfiguration } from '../configuration.ts';
import { outputs } from '../output.ts';
import { meantExecutor } from '../run/each-run.ts';
import { nameOfTask } from '../run/meant-task.ts';
import { readTasks } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';

/** The most names to offer. */
const MOST = 100;
/** How long a shell waits for the service. */
const PATIENCE_MS = 3_000;

const isKind = (text: string): text is Kind => kinds.some((kind) => kind === text);

/** A place of a command line: one of some words, or a name that the service or the configuration knows. */
type Place =
  | { readonly words: readonly string[] }
  | { readonly names: 'contexts' | 'locations'; readonly kind?: Kind | undefined }
  | { readonly names: 'elements'; readonly kind?: Kind | undefined }
  | { readonly names: 'tasks'; readonly executor: string };

/** The kind in the name of an argument, or else in that of the command. */
const kindOf = (name: string, command: Command): Kind | undefined => {
  if (isKind(name)) return name;
  const group = command.parent?.name() ?? '';
  return isKind(group) ? group : undefined;
};

/** The place for the name of an argument or an option. */
const placeOf = (name: string, command: Command): Place | undefined => {
  const group = command.parent?.name();
  if (name === 'context' || (name === 'name' && group === 'context')) return { names: 'contexts' };
  if (name === 'executor-location' || (name === 'location' && group === 'runner'))
    return { names: 'locations', kind: 'executor' };
  if (name === 'location' || (name === 'name' && group === 'location'))
    return { names: 'locations', kind: kindOf(group ?? '', command) };
  if (name === 'kind') return { words: kinds };
  if (name === 'output') return { words: outputs };
  if (command.name() === 'cp') return { names: 'elements', kind: 'volume' };
  const isElement = ['id', 'tag', 'parent', 'on'].includes(name) || isKind(name);
  const kind = name === 'tag' ? 'image' : name === 'on' ? 'executor' : kindOf(name, command);
  return isElement ? { names: 'elements', kind } : undefined;
};

const ofOption = (option: Option, command: Command): Place | undefined =>
  option.argChoices ? { words: option.argChoices } : placeOf(option.long?.slice(2) ?? '', command);

const ofArgument = (argument: Argument, command: Command): Place | undefined =>
  argument.argChoices ? { words: argument.argChoices } : placeOf(argument.name(), command);

/** The place of the last word, by the words before it. */
const placeAfter = (program: Command, words: readonly string[], last: string): Place | undefined => {
  let command = program;
  let awaited: Option | undefined;
  let given = 0;
  let executor = '';
  for (const word of words) {
    if (awaited) {
      awaited = undefined;
      continue;
    }
    const option = command.options.find(({ short, long }) => word === short || word === long);
    if (option) {
      awaited = option.required ? option : undefined;
      continue;
    }
    // Short options in one word, such as `-it`.
    if (/^-[^-]./.test(word)) continue;
    const below = given === 0 ? command.commands.find((each) => each.name() === word) : undefined;
    if (below) command = below;
    else {
      if (given === 0) executor = word;
      given += 1;
    }
  }
  if (awaited) return ofOption(awaited, command);
  if (last.startsWith('-'))
    return {
      words: [...command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])), '--help'],
    };
  const visible = command.createHelp().visibleCommands(command);
  if (command.commands.length > 0 && given === 0 && command.registeredArguments.length === 0)
    return { words: visible.map((each) => each.name()) };
  const argument =
    command.registeredArguments[given] ?? command.registeredArguments.findLast((each) => each.variadic);
  if (argument?.name() === 'task' && !argument.required) return { names: 'tasks', executor };
  return argument && ofArgument(argument, command);
};

/** Locations, followed by `ending`. */
const locationsOf = async (session: Session, kind: Kind | undefined, ending: string): Promise<string[]> => {
  const { taskport, call } = session;
  const found: string[] = [];
  for await (const location of taskport.locations.list(call))
    if (kind === undefined || location.kind === kind) found.push(`${location.name}${ending}`);
  return found;
};

/** Names of executors in the default location. */
const shortNamesOf = async (
  { taskport, call, executorLocation }: Session,
  text: string,
): Promise<string[]> => {
  const filter = text === '' ? [] : [`name^=${text}`];
  const query = { kind: 'executor', location: executorLocation, filter, limit: MOST, ...call } as const;
  const page = await taskport.elements
    .list(query)
    .pages()
    .next()
    .catch(() => undefined);
  return (
    page?.value?.items.flatMap(({ name }: { name?: string }) => (name === undefined ? [] : [name])) ?? []
  );
};

/** Elements whose ID begins with a text, which may include the kind. */
const elementsOf = async (session: Session, asked: Kind | undefined, text: string): Promise<string[]> => {
  const { taskport, call } = session;
  const [, scheme = '', location, name] = /^([a-z]+:\/\/)?([^/:]*)(?:\/(.*))?$/.exec(text) ?? [];
  if (location === undefined) return [];
  const said = scheme === '' ? asked : scheme.slice(0, -3);
  const known = said !== undefined && isKind(said) ? said : undefined;
  if (name === undefined) {
    const locations = (await locationsOf(session, known, '/')).map((each) => `${scheme}${each}`);
    const isShort = known === 'executor' && scheme === '';
    return [...locations, ...(isShort ? await shortNamesOf(session, text) : [])];
  }
  const kind = known ?? (await taskport.locations.read(location, call)).kind;
  const filter = name === '' ? [] : [`name^=${name}`];
  const found: string[] = [];
  for await (const element of taskport.elements.list({ kind, location, filter, limit: MOST, ...call })) {
    found.push(`${scheme}${location}/${element.name}`);
    if (found.length === MOST) break;
  }
  if (kind === 'image')
    for await (const { repository, name: tag } of taskport.tags.list(location, call)) {
      found.push(`${scheme}${location}/${repository}:${tag}`);
      if (found.length >= 2 * MOST) break;
    }
  return found;
};

const wordsOf = async (session: Session, place: Place, last: string): Promise<readonly string[]> => {
  if ('words' in place) return place.words;
  if (place.names === 'contexts') return [...(await readConfiguration(session.io.env)).contexts.keys()];
  if (place.names === 'locations') return locationsOf(session, place.kind, '');
  if (place.names === 'tasks') {
    const tasks = await readTasks(session, meantExecutor(session, place.executor, {}));
    return tasks.map(({ id }) => nameOfTask(id));
  }
  return elementsOf(session, place.kind, last);
};

/** Prints the words that can replace the last word, one in each line. Ignores refusals and late answers. */
export const complete =
  (program: Command): Action =>
  async (session, words) => {
    const last = words.at(-1) ?? '';
    const place = placeAfter(program, words.slice(0, -1), last);
    if (!place) return;
    const late = new Promise<readonly string[]>((settle) => {
      setTimeout(() => settle([]), PATIENCE_MS).unref();
    });
    const found = await Promise.race([wordsOf(session, place, last), late]).catch(() => []);
    for (const word of found) if (word.startsWith(last)) session.io.out(`${word}\n`);
  };
