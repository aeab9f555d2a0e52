import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What is installed is built once for the whole run, before anything runs it. */
export default function setup(): void {
  execFileSync('npm', ['run', '--silent', 'prepare'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  });
}
