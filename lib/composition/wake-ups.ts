/** A task of an executor at one moment: `state` and `attempt` are what it is to be looked at again for. */
export interface Alarm {
  readonly executorId: string;
  /** Tells the composition from another of an executor of the same name. */
  readonly incarnation: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly state: string;
}

/** Calls for supervision at a time, also where the process that asked dies. Every method may throw `unavailable`. */
export interface WakeUps {
  /**
   * Has the task supervised once it is that time (milliseconds since 1970), or up to a second later. For one alarm the
   * time is always the same, so that asking again changes nothing.
   */
  set(alarm: Alarm, at: number): Promise<void>;
}
