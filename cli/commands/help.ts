import type { Command } from 'commander';

/** Where the documentation is read. */
export const DOCUMENTATION = 'https://taskport.dev/docs';

/** How an element of any kind is named. */
export const ID = '<name>, <location>/<name>, or <kind>://<location>/<name>';

/** Command lines that do something, as the end of a command's help. */
export const examplesOf = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ taskport ${line}`).join('\n')}`;

/** Ends a command's help with command lines that do something. */
export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', examplesOf(...lines));

/** Ends the help of a command, and of those below it, with the page of the documentation that says more. */
export const moreOn = (command: Command, page: string): Command =>
  command.addHelpText('afterAll', `\nMore: ${DOCUMENTATION}/${page}`);
