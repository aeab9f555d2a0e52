/** The command ends with a code that says what became of what it ran; what is to be said has been said by then. */
export class ExitWith extends Error {
  override readonly name = 'ExitWith';
  readonly code: number;

  constructor(code: number) {
    super(`ends with ${code}`);
    this.code = code;
  }
}
