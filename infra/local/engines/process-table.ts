import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process, by its id and a part of its command line. The system reuses ids, so an id alone is ambiguous. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly mark: string;
}

/** The command line of a process; undefined if it does not exist, empty if it is a zombie. */
function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export function isRunning({ pid, mark }: ProcessIdentity): boolean {
  return commandLine(pid)?.includes(mark) ?? false;
}

/** Ends a process: by SIGTERM first, so that it can close its files, and by SIGKILL after `patience` milliseconds. */
export async function end(target: ProcessIdentity, patience = 5_000): Promise<void> {
  if (!isRunning(target)) return;
  sendSignal(target.pid, 'SIGTERM');
  const deadline = Date.now() + patience;
  while (isRunning(target) && Date.now() < deadline) await sleep(20);
  if (isRunning(target)) sendSignal(target.pid, 'SIGKILL');
  while (isRunning(target)) await sleep(20);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}
