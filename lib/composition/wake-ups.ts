/**
 * A moment at which supervision looks at a task of an executor, if its `state` and `attempt` are then still
 * these.
 */
export interface Alarm {
  readonly executorId: string;
  /** Tells the composition from an earlier or later one of an executor of the same name. */
  readonly incarnation: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly state: string;
}

/**
 * Calls supervision at a given time, even if the process that set the alarm has died. Every method may throw
 * `unavailable`.
 */
export interface WakeUps {
  /**
   * Makes supervision look at the task at that time (milliseconds since 1970), or up to a second later. One
   * alarm always has the same time, so setting it again changes nothing.
   */
  set(alarm: Alarm, at: number): Promise<void>;
}
