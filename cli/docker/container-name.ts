/** What becomes of a container while it is there. An engine keeps labels as they were made, and a name as it was last given. */
export interface Course {
  /** The last signal that it was sent: its count. */
  readonly interrupts: number;
  /** When it was asked to stop: milliseconds since 1970. */
  readonly stopping?: number;
  /** Whether it was ended on purpose, of what holds the namespaces of a group. */
  readonly isOver?: boolean;
}

const COURSE = /^(.*?)(?:\.i(\d+))?(?:\.s(\d+))?(\.over)?$/;

/** The name of a container by the one that it was made with, and its course. */
export const nameWith = (base: string, { interrupts, stopping, isOver = false }: Course): string =>
  `${base}${interrupts > 0 ? `.i${interrupts}` : ''}${stopping === undefined ? '' : `.s${stopping}`}${isOver ? '.over' : ''}`;

/** The name that a container was made with, and its course, by what it is called now. */
export const courseOf = (name: string): Course & { readonly base: string } => {
  const [, base = '', interrupts = '0', stopping, over] = COURSE.exec(name.replace(/^\//, '')) ?? [];
  return {
    ...{ base, interrupts: Number(interrupts), isOver: over !== undefined },
    ...(stopping === undefined ? {} : { stopping: Number(stopping) }),
  };
};
