/**
 * What sets one kind of element apart from another; the mechanism around it is the same for all. It is data, so that who
 * lists kinds loads nothing else. What it says nothing of does not hold of it.
 */
export interface KindRules<K extends string = string> {
  /** What a refusal calls one of them, and many. */
  readonly called: string;
  readonly plural: string;
  /** What they are, in the command line's help. */
  readonly about: string;
  /** Kinds that may be its parent. */
  readonly parents: readonly K[];
  /** What its data must be: a layer, which is a tar archive and no whole image; a tar archive; any bytes; or none at all. */
  readonly data: 'layer' | 'archive' | 'any' | 'none';
  /** Whether its data may be replaced while nothing refers to it. */
  readonly replaceable?: boolean;
  /** Whether it has a capacity and free space. */
  readonly hasSpace: boolean;
  /** Whether it has the empty root for a parent when it names none. */
  readonly fromScratch?: boolean;
  /** Whether it has a specification, whose schema is in `lib/element/specs.ts`, and whether that begins as its parent's. */
  readonly hasSpec?: boolean;
  readonly inheritsSpec?: boolean;
  /** Whether what it says of its environment joins its parent's by name, instead of replacing the list. */
  readonly mergesEnv?: boolean;
  /** Fields of the specification that an update may change. */
  readonly changeable: readonly string[];
  /** How it joins an executor, and so what a bind makes of it: mounted at a path, to be run, plainly (neither), or not at all. */
  readonly joins: 'mounted' | 'run' | 'plainly' | 'never';
  /** Whether it keeps what is written to it; otherwise that goes when it leaves. Of what is mounted. */
  readonly keepsWrites?: boolean;
  /** What is different where an NFS server keeps it; absent where none can. */
  readonly nfs?: Partial<Omit<KindRules<K>, 'nfs'>>;
}

/** Whether data has to be an archive. */
export const isArchive = ({ data }: Pick<KindRules, 'data'>): boolean =>
  data === 'layer' || data === 'archive';
