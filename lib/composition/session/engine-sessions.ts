/** A container of a task on Amazon ECS, in the words of its commands. */
export interface EcsContainer {
  readonly region: string;
  readonly cluster: string;
  readonly task: string;
  readonly container: string;
}

/** How to talk to what an engine of the deployment runs, to which no relay of ours leads. */
export interface EngineSessions {
  /** Where a task runs; `closed` where it was started so that no session reaches it. Undefined where the engine runs no such task by now. */
  containerOf(executorId: string, taskId: string): Promise<EcsContainer | 'closed' | undefined>;
}

const IS_PLAIN = /^[\w@%+=:,./-]+$/;

/** Words as a shell of POSIX reads them. */
export const inShell = (words: readonly string[]): string =>
  words.map((word) => (IS_PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

/** The words by which the AWS CLI opens a session by ECS Exec; it takes the command as one, which a shell then reads. */
export const ecsExec = (
  { region, cluster, task, container }: EcsContainer,
  args: readonly string[],
): readonly [program: string, ...words: string[]] => [
  ...(['aws', 'ecs', 'execute-command', '--region', region, '--cluster', cluster] as const),
  ...['--task', task, '--container', container, '--interactive', '--command', inShell(args)],
];
