/** Ends the command with a code that reports the result of the task; all messages are printed before. */
export class ExitWith extends Error {
  override readonly name = 'ExitWith';
  readonly code: number;

  constructor(code: number) {
    super(`ends with ${code}`);
    this.code = code;
  }
}
