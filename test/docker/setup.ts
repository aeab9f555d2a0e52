import type { TestProject } from 'vitest/node';
import { startDocker, withoutDocker } from './dockerd.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the test engine: `unix://…`; empty if none can be started (`withoutDocker`). */
    dockerHost: string;
  }
}

interface Shared {
  readonly started: ReturnType<typeof startDocker>;
  users: number;
}

/** Each project of the run loads this module again, so shared state is global. */
const kept = globalThis as { taskportDocker?: Shared | undefined };

/** One engine for all projects of the run; tests that disturb an engine start their own. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (withoutDocker() !== undefined) {
    provide('dockerHost', '');
    return async () => {};
  }
  kept.taskportDocker ??= { started: startDocker(), users: 0 };
  const shared = kept.taskportDocker;
  shared.users += 1;
  const daemon = await shared.started;
  provide('dockerHost', daemon.host);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    kept.taskportDocker = undefined;
    await daemon.stop();
  };
}
