#!/usr/bin/env node
import { INTERRUPTED } from './exit-code.ts';
import { runCommand } from './run-command.ts';
import { terminalOf } from './terminal.ts';

const interruption = new AbortController();
const interrupt = (): void => {
  // Whoever asks twice does not want to wait for what tidies up.
  if (interruption.signal.aborted) process.exit(INTERRUPTED);
  interruption.abort();
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// A reader such as `head` has enough.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  out: (said) => void process.stdout.write(said),
  err: (said) => void process.stderr.write(said),
  write: (bytes, stream = 'stdout') =>
    new Promise((taken, failed) =>
      process[stream].write(bytes, (error) => (error ? failed(error) : taken())),
    ),
  input: () => process.stdin,
  terminal: terminalOf(process),
  isWatched: process.stderr.isTTY === true,
  signal: interruption.signal,
});
