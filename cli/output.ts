import { UsageError } from './usage-error.ts';

/** In what form a command prints what was asked for. `wide` is a table with more columns. */
export const outputs = ['table', 'wide', 'json', 'yaml', 'id'] as const;
export type Output = (typeof outputs)[number];

/** The form that options name. Throws `UsageError`. */
export const outputOf = (text: string | undefined, isJson: boolean): Output => {
  const output = outputs.find((each) => each === (text ?? (isJson ? 'json' : 'table')));
  if (output === undefined) throw new UsageError(`--output is one of ${outputs.join(', ')}`);
  if (isJson && output !== 'json') throw new UsageError(`either --json or --output ${output}`);
  return output;
};

/** Whether a command line asks for JSON, also where it is refused before it is understood. */
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

/** What a thing is named by where another command is told of it; undefined where nothing names it. */
export const nameOf = (thing: unknown): string | undefined => {
  const { id, name, executorId, location, tag, composition, detail } = thing as Named;
  const names = [id, name, executorId, composition?.executorId, detail?.id, location, tag];
  return names.find((each): each is string => typeof each === 'string');
};

/** Prints things in a form that programs read, and `id`: one after another. */
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
