/** What an archive says of a path by itself, before or after the archives that it is unpacked over or under. */
export interface PathEntry {
  /** `unsure` is a symbolic link, and whatever unpackers do not agree on. Absent where there is only a whiteout. */
  readonly type?: 'file' | 'directory' | 'unsure';
  /** It takes away what elder archives have there, and below (OCI image-spec layer.md, Whiteouts). */
  readonly whiteout: boolean;
  /** It takes away what elder archives have below (there, Opaque Whiteout). */
  readonly opaque: boolean;
}
