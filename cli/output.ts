import { UsageError } from './usage-error.ts';

/** The format in which a command prints. `wide` is a table with more columns. */
export const outputs = ['table', 'wide', 'json', 'yaml', 'id'] as const;
export type Output = (typeof outputs)[number];

/** The format from the options. Throws `UsageError`. */
export const outputOf = (text: string | undefined, isJson: boolean): Output => {
  const output = outputs.find((each) => each === (text ?? (isJson ? 'json' : 'table')));
  if (output === undefined) throw new UsageError(`--output is one of ${outputs.join(', ')}`);
  if (isJson && output !== 'json') throw new UsageError(`give either --json or --output ${output}`);
  return output;
};

/** Whether a command line requests JSON, even if it is refused before it is parsed. */
export const asksForJson = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  return own.some(
    (arg, at) =>
      /^(--json|--output=json|-o=?json)$/.test(arg) ||
      (arg === 'json' && /^(-o|--output)$/.test(own[at - 1] ?? '')),
  );
};

interface Named {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly executorId?: unknown;
  readonly location?: unknown;
  readonly tag?: unknown;
  readonly composition?: Named;
  readonly detail?: Named;
}

/** The name of a thing for another command; undefined if it has none. */
export const nameOf = (thing: unknown): string | undefined => {
  const { id, name, executorId, location, tag, composition, detail } = thing as Named;
  const names = [id, name, executorId, composition?.executorId, detail?.id, location, tag];
  return names.find((each): each is string => typeof each === 'string');
};

/** Prints things in a format for programs or as IDs, one after another. */
export const writerOf = async (output: Output): Promise<((thing: unknown) => string) | undefined> => {
  if (output === 'json') return (thing) => `${JSON.stringify(thing)}\n`;
  if (output === 'id') return (thing) => `${nameOf(thing) ?? '-'}\n`;
  if (output !== 'yaml') return undefined;
  const { toYaml } = await import('./to-yaml.ts');
  let isFirst = true;
  return (thing) => {
    const text = toYaml(thing);
    const separated = isFirst ? text : `---\n${text}`;
    isFirst = false;
    return separated;
  };
};
