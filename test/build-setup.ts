import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Each project of the run loads this module anew. */
const kept = globalThis as { taskportBuilt?: true };

/** What is installed and deployed is built once for the whole run, before anything uses it. */
export default function setup(): void {
  if (kept.taskportBuilt) return;
  kept.taskportBuilt = true;
  execFileSync('npm', ['run', '--silent', 'prepare'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  });
}
