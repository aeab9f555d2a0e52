/**
 * The rules in which kinds of elements differ; all other code is the same for all kinds. Rules are data, so that
 * a list of kinds loads nothing else. An absent rule is false.
 */
export interface KindRules<K extends string = string> {
  /** Its name in messages, singular and plural. */
  readonly called: string;
  readonly plural: string;
  /** What elements of the kind are, for the command line's help. */
  readonly about: string;
  /** Kinds that may be its parent. */
  readonly parents: readonly K[];
  /**
   * The form of its data: a layer, which is a tar archive and no whole image; a tar archive; any bytes; or none
   * at all.
   */
  readonly data: 'layer' | 'archive' | 'any' | 'none';
  /** Whether its data may be replaced while nothing refers to it. */
  readonly replaceable?: boolean;
  /** Whether it has a capacity and free space. */
  readonly hasSpace: boolean;
  /** Whether its default parent is the empty root. */
  readonly fromScratch?: boolean;
  /**
   * Whether it has a specification, with a schema in `lib/element/specs.ts`, and whether that inherits from its
   * parent.
   */
  readonly hasSpec?: boolean;
  readonly inheritsSpec?: boolean;
  /** Whether its environment is merged with its parent's by name, instead of replacing the list. */
  readonly mergesEnv?: boolean;
  /** Fields of the specification that an update may change. */
  readonly changeable: readonly string[];
  /**
   * How it joins an executor, and what a bind does: mount it at a path, run it, neither of these (`plainly`), or
   * not at all.
   */
  readonly joins: 'mounted' | 'run' | 'plainly' | 'never';
  /** For mounted kinds: whether writes are kept; otherwise they are dropped when it leaves. */
  readonly keepsWrites?: boolean;
  /** Different rules for elements that an NFS server keeps; absent if none may be. */
  readonly nfs?: Partial<Omit<KindRules<K>, 'nfs'>>;
}

/** Whether the data has to be an archive. */
export const isArchive = ({ data }: Pick<KindRules, 'data'>): boolean =>
  data === 'layer' || data === 'archive';
