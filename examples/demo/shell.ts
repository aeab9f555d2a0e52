import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A terminal session: prints a comment, types commands, and shows their output. */
export interface Shell {
  say(text: string): void;
  /** Throws if the command fails. */
  taskport(...args: readonly string[]): void;
  /** Waits for the end of a task. */
  untilEnded(executor: string, task: string): Promise<void>;
}

export const shell = (root: string, url: string): Shell => {
  const call = (args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], {
      cwd: root,
      env: { ...process.env, TASKPORT_URL: url },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`taskport ${args.join(' ')} ended with ${status}:\n${stderr}`);
    return stdout;
  };
  return {
    say: (text) => console.info(`\n# ${text}`),
    taskport: (...args) => {
      console.info(`$ taskport ${args.join(' ')}`);
      console.info(call(args).trimEnd());
    },
    untilEnded: async (executor, task) => {
      for (;;) {
        const reports = call(['reports', executor, task, '--json']);
        if (/"state":"(exited|failed)"/.test(reports)) return;
        await sleep(100);
      }
    },
  };
};
