/** How to run a metadata engine at an address, and how to tell that it is this one that answers there. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly isReady: (output: string) => boolean | Promise<boolean>;
  /** What to tell the user when it does not start. */
  readonly hint: string;
}
