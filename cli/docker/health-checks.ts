import { setTimeout as sleep } from 'node:timers/promises';
import type { Exec } from 'dockerode';
import type { HealthCheck } from '../../lib/execution/health.ts';
import type { Containers } from './containers.ts';

/** How often to look whether a check has ended: the intervals grow. */
const FIRST_LOOK_MS = 10;
const MAX_LOOK_MS = 250;

/**
 * Runs the command of a health check in a task's container. The engine's own checks would do, but Podman needs systemd for them. No call
 * ends a command that takes too long: it ends with its task, and until then no other check runs.
 */
export class HealthChecks {
  readonly #containers: Containers;
  readonly #id: string;
  readonly #check: HealthCheck | undefined;
  #late: Exec | undefined;

  constructor(containers: Containers, id: string, check: HealthCheck | undefined) {
    this.#containers = containers;
    this.#id = id;
    this.#check = check;
  }

  /** Whether the command ended with 0 in time; true without a command. */
  async run(): Promise<boolean> {
    if (!this.#check) return true;
    const { command, timeoutSeconds } = this.#check;
    const until = Date.now() + timeoutSeconds * 1_000;
    if (this.#late && (await this.#late.inspect()).Running) return false;
    this.#late = undefined;
    const container = this.#containers.docker.getContainer(this.#id);
    const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    // A command blocks if nobody reads its output. Podman reports the end of a command with no attached reader five minutes later.
    const said = await exec.start({});
    said.on('error', () => {}).resume();
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, MAX_LOOK_MS)) {
      const { Running, ExitCode } = await exec.inspect();
      if (!Running && ExitCode !== null) return ExitCode === 0;
      if (Date.now() >= until) {
        this.#late = exec;
        return false;
      }
      await sleep(Math.min(pause, Math.max(0, until - Date.now())));
    }
  }
}
