import type { Command } from 'commander';

/** The address of the documentation. */
export const DOCUMENTATION = 'https://taskport.dev/docs';

/** The forms of an element's ID. */
export const ID = '<name>, <location>/<name>, or <kind>://<location>/<name>';

/** The examples at the end of a command's help. */
export const examplesOf = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ taskport ${line}`).join('\n')}`;

/** Adds examples to the end of a command's help. */
export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', examplesOf(...lines));

/** Adds a link to a page of the documentation to the help of a command and of its subcommands. */
export const moreOn = (command: Command, page: string): Command =>
  command.addHelpText('afterAll', `\nMore: ${DOCUMENTATION}/${page}`);
