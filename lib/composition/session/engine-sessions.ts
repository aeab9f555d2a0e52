/** How to talk to what an engine of the deployment runs, to which no relay of ours leads. */
export interface EngineSessions {
  /** A command for a shell that starts one in the container of a task, or `args` in its place. Undefined where the engine runs no such task by now. */
  execCommand(executorId: string, taskId: string, args: readonly string[]): Promise<string | undefined>;
}
