/** The course of a container, kept in its name: an engine never changes labels, but renames containers. */
export interface Course {
  /** The count of the last signal that the runner sent. */
  readonly interrupts: number;
  /** When the runner began to stop it, in milliseconds since 1970. */
  readonly stopping?: number;
  /** Whether a runner ended it on purpose; for the container that holds the namespaces of a group. */
  readonly isOver?: boolean;
}

const COURSE = /^(.*?)(?:\.i(\d+))?(?:\.s(\d+))?(\.over)?$/;

/** The name of a container: its original name, and its course. */
export const nameWith = (base: string, { interrupts, stopping, isOver = false }: Course): string =>
  `${base}${interrupts > 0 ? `.i${interrupts}` : ''}${stopping === undefined ? '' : `.s${stopping}`}${isOver ? '.over' : ''}`;

/** The original name and the course in a container's present name. */
export const courseOf = (name: string): Course & { readonly base: string } => {
  const [, base = '', interrupts = '0', stopping, over] = COURSE.exec(name.replace(/^\//, '')) ?? [];
  return {
    base,
    interrupts: Number(interrupts),
    isOver: over !== undefined,
    ...(stopping === undefined ? {} : { stopping: Number(stopping) }),
  };
};
