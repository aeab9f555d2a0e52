#!/usr/bin/env node
import { codeOfSignal } from './exit-code.ts';
import { runCommand } from './run-command.ts';

const interruption = new AbortController();
const interrupt = (name: NodeJS.Signals): void => {
  // Whoever asks twice does not want to wait for what tidies up.
  if (interruption.signal.aborted) process.exit(codeOfSignal(interruption.signal));
  interruption.abort(new DOMException(name, 'AbortError'));
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// A reader such as `head` has enough.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  out: (said) => void process.stdout.write(said),
  err: (said) => void process.stderr.write(said),
  write: (bytes) =>
    new Promise((taken, failed) => process.stdout.write(bytes, (error) => (error ? failed(error) : taken()))),
  input: () => process.stdin,
  isWatched: process.stderr.isTTY === true,
  signal: interruption.signal,
});
