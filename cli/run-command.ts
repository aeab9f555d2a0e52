import { CommanderError } from 'commander';
import { WRONG_USAGE } from './exit-code.ts';
import { reportFailure } from './failure.ts';
import type { Io } from './io.ts';
import { asksForJson } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command line, without the name of the program. Answers its exit code; throws nothing. */
export const runCommand = async (args: readonly string[], io: Io): Promise<number> => {
  try {
    await createProgram(io, args).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    return reportFailure(error, io, asksForJson(args));
  }
};
