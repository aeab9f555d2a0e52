/** A container of a task on Amazon ECS, by the parameters of its commands. */
export interface EcsContainer {
  readonly region: string;
  readonly cluster: string;
  readonly task: string;
  readonly container: string;
}

/** Opens sessions with tasks that an engine of the deployment runs, and that no relay of ours reaches. */
export interface EngineSessions {
  /**
   * The container of a task; `closed` if the task was started without access for sessions. Undefined if the
   * engine runs no such task now.
   */
  containerOf(executorId: string, taskId: string): Promise<EcsContainer | 'closed' | undefined>;
}

const IS_PLAIN = /^[\w@%+=:,./-]+$/;

/** Quotes words for a POSIX shell. */
export const inShell = (words: readonly string[]): string =>
  words.map((word) => (IS_PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

/**
 * The command of the AWS CLI that opens a session by ECS Exec. ECS Exec takes the inner command as one word,
 * which a shell then parses.
 */
export const ecsExec = (
  { region, cluster, task, container }: EcsContainer,
  args: readonly string[],
): readonly [program: string, ...words: string[]] => [
  ...(['aws', 'ecs', 'execute-command', '--region', region, '--cluster', cluster] as const),
  ...['--task', task, '--container', container, '--interactive', '--command', inShell(args)],
];
