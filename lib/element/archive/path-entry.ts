/** The entry of one archive at a path, without the archives over or under which it is unpacked. */
export interface PathEntry {
  /**
   * `unsure` is a symbolic link, or an entry that unpackers treat differently. Absent if there is only a
   * whiteout.
   */
  readonly type?: 'file' | 'directory' | 'unsure';
  /** It removes the entries of older archives at the path and below (OCI image-spec layer.md, Whiteouts). */
  readonly whiteout: boolean;
  /** It removes the entries of older archives below the path (there, Opaque Whiteout). */
  readonly opaque: boolean;
}
