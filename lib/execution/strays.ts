import type { LaunchStore } from './launch-store.ts';
import type { Launcher } from './launcher.ts';

/**
 * Stops tasks that an engine runs for this deployment without a launch, for example after the table was restored
 * to an earlier time. Answers those that it stopped.
 */
export const stopStrays = async ({
  launcher,
  launches,
}: {
  readonly launcher: Pick<Launcher, 'running' | 'stop'>;
  readonly launches: Pick<LaunchStore, 'get' | 'executorOf'>;
}): Promise<readonly string[]> => {
  const strays: string[] = [];
  for (const { engineTask, token, executorId } of await launcher.running()) {
    // The row of a launch is written before its task is run, so a task without a row has none for good.
    const of = executorId ?? (await launches.executorOf(token));
    const launch = of === undefined ? undefined : (await launches.get(of))?.launch;
    const isKnown = launch?.token === token || launch?.engineTask === engineTask;
    if (isKnown && !launch?.isOver) continue;
    await launcher.stop(engineTask, 'no executor has it');
    strays.push(engineTask);
  }
  return strays;
};
