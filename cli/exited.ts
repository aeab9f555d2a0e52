/** What was run has ended with another code than 0, which is that of the command. */
export class Exited extends Error {
  override name = 'Exited';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`it ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}
