import { linkSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, isRunning, type ProcessIdentity } from './process-table.ts';
import { textOf } from './text-of-file.ts';

/** The process that uses the directory, as `engines.pid` describes it. */
interface Holder extends ProcessIdentity {
  /** The process that the user started, and has to stop. */
  readonly host: number;
  readonly metadata?: ProcessIdentity;
}

/** The right to run engines on a directory. */
export interface DirectoryClaim {
  /** Records the process of the metadata engine, so that the next host can end it if this process dies first. */
  record(metadata: ProcessIdentity): void;
  release(): void;
}

/** Milliseconds that a running host may take to stop: it waits 5 s for its engine, then kills it. */
const PATIENCE = 10_000;
/** Milliseconds that the processes of a dead host may take to end; only a busy machine delays them. */
const PATIENCE_WITH_ORPHANS = 60_000;

/** Waits until no other process uses the directory, ends an engine that was left behind, and claims the directory. */
export async function claimDirectory(
  directory: string,
  self: ProcessIdentity,
  patience = PATIENCE,
): Promise<DirectoryClaim> {
  const path = join(directory, 'engines.pid');
  const draft = `${path}.${self.pid}`;
  const holder: Holder = { ...self, host: process.ppid };
  const startedAt = Date.now();
  writeFileSync(draft, JSON.stringify(holder));
  try {
    while (!linked(draft, path)) {
      const content = textOf(path);
      if (content === undefined) continue;
      const other = parse(content);
      if (other && isRunning(other)) {
        if (Date.now() - startedAt > (exists(other.host) ? patience : PATIENCE_WITH_ORPHANS)) {
          throw new Error(
            `another Taskport is using ${directory} (process ${culprit(other)}); stop it, or set TASKPORT_DATA to another directory`,
          );
        }
        await sleep(50);
        continue;
      }
      if (other?.metadata) await end(other.metadata);
      discard(path, content);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    record: (metadata) => {
      writeFileSync(draft, JSON.stringify({ ...holder, metadata } satisfies Holder));
      renameSync(draft, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** A hard link to a finished file creates the claim atomically: no process reads a partial one. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parse(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return undefined; // A power failure truncated it, so its writer is gone too.
  }
}

/** Removes a stale claim, unless a third process has replaced it in the meantime. */
function discard(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (textOf(aside) !== stale) linked(aside, path);
  unlinkSync(aside);
}

/** The process that the error message names: the host if it lives, else the engines process. */
function culprit(holder: Holder): number {
  return exists(holder.host) ? holder.host : holder.pid;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
