#!/usr/bin/env node
import { codeOfSignal } from './exit-code.ts';
import { runCommand } from './run-command.ts';
import { terminalOf } from './terminal.ts';

const interruption = new AbortController();
let listener: ((signal: NodeJS.Signals) => void) | undefined;
const interrupt = (name: NodeJS.Signals): void => {
  if (listener) {
    listener(name);
    return;
  }
  // A user who interrupts twice does not want to wait for the cleanup.
  if (interruption.signal.aborted) process.exit(codeOfSignal(interruption.signal));
  interruption.abort(new DOMException(name, 'AbortError'));
};
/** Signals that end this process unless a command listens for them to pass them on. */
const passedOn = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
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
  onSignal: (listen) => {
    listener = listen;
    for (const signal of passedOn) process.on(signal, listen);
    return () => {
      listener = undefined;
      for (const signal of passedOn) process.off(signal, listen);
    };
  },
});
