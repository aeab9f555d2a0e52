/** How to run a metadata engine at an address, and how to recognize its answer. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly isReady: (output: string) => boolean | Promise<boolean>;
  /** Advice for the user if it does not start. */
  readonly hint: string;
}
