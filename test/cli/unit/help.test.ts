import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { DOCUMENTATION } from '../../../cli/commands/help.ts';
import { INSTEAD } from '../../../cli/docker-words.ts';
import type { Io } from '../../../cli/io.ts';
import { createProgram } from '../../../cli/program.ts';

let printed = '';
const io: Io = {
  env: {},
  out: (text) => {
    printed += text;
  },
  err: () => {},
  write: async () => {},
  input: async function* () {},
  onSignal: () => () => {},
  isWatched: false,
  signal: new AbortController().signal,
};

const isHidden = (command: Command): boolean => command.name().startsWith('__');
/** A command with its subcommands. */
const withBelow = (command: Command): Command[] => [
  command,
  ...command.commands.filter((each) => !isHidden(each)).flatMap(withBelow),
];
const pathOf = (command: Command): string =>
  (command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()).trim();

const all = withBelow(createProgram(io)).map((command) => ({
  path: pathOf(command),
  isLeaf: command.commands.length === 0,
}));

const helpOf = (path: string): string => {
  printed = '';
  const program = createProgram(io);
  const words = path.split(' ').slice(1);
  try {
    program.parse([...words, '--help'], { from: 'user' });
  } catch {
    // Commander ends with this error.
  }
  return printed;
};

/** The words of a command line, split like in a shell. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Parses a command line up to its command, without running it. */
const parse = (line: string): Command => {
  const program = createProgram(io);
  let parsed: Command | undefined;
  for (const command of withBelow(program))
    if (command.commands.length === 0 || command.name() === 'runner')
      command.exitOverride().action((...given: unknown[]) => {
        parsed = given.at(-1) as Command;
      });
  program.parse(wordsOf(line), { from: 'user' });
  if (!parsed) throw new Error(`${line} is of no command`);
  return parsed;
};

it.each(all)('ends with examples of this command, and an existing page: $path --help', ({ path, isLeaf }) => {
  const help = helpOf(path);
  const [, page = ''] = new RegExp(`^More: ${DOCUMENTATION}/([\\w-]+)$`, 'm').exec(help) ?? [];
  expect(existsSync(join(import.meta.dirname, '../../../docs', `${page}.md`))).toBe(true);
  const lines = [...help.matchAll(/^ {2}\$ taskport (.+)$/gm)].map(
    ([, line = '']) => line.split(/ [|<>&]/)[0] ?? '',
  );
  if (isLeaf) expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(pathOf(parse(line))).toBe(path);
});

it('groups commands by purpose', () => {
  const help = helpOf('taskport');
  const groups = [...help.matchAll(/^([A-Z].*):$/gm)].map(([, title]) => title);
  expect(groups).toEqual(
    expect.arrayContaining(['Compose and run', 'Locations and elements', 'History', 'Set up']),
  );
  expect(groups).not.toContain('Commands');
  expect(help).not.toContain('__complete');
});

it('lists common options after those of the command', () => {
  const help = helpOf('taskport image list');
  expect(help.indexOf('--filter')).toBeLessThan(help.indexOf('--context'));
  expect(help).toMatch(/Global options:\n(.*\n)*? +-o, --output <form> +table, wide, json, yaml, id/);
});

it.each(['frobnicate --help', 'help frobnicate', 'image frobnicate --help'])(
  'is an error for an unknown command: taskport %s',
  (line) => {
    printed = '';
    expect(() => createProgram(io).parse(wordsOf(line), { from: 'user' })).toThrow(
      "error: unknown command 'frobnicate'",
    );
    expect(printed).toBe('');
  },
);

it('lists each command once, and accepts docker’s names', () => {
  expect(helpOf('taskport image')).not.toContain('|ls');
  expect(pathOf(parse('image ls'))).toBe('taskport image list');
  expect(pathOf(parse('start web'))).toBe('taskport start');
});

it.each(Object.entries(INSTEAD))('names the replacement of %s, which exists', (word, instead) => {
  let said = '';
  const program = createProgram({ ...io, err: (text) => (said += text) });
  expect(() => program.parse([word], { from: 'user' })).toThrow(`unknown command '${word}'`);
  expect(said).toContain(`unknown command '${word}': use ${instead}\n`);
  for (const [, line = ''] of instead.matchAll(/taskport ([a-z]+(?: [a-z]+)?)/g))
    expect(helpOf(`taskport ${line}`)).toContain('Usage');
});

it('offers no address of an unsupported kind of engine', () => {
  expect(helpOf('taskport runner')).not.toContain('ssh:');
});
