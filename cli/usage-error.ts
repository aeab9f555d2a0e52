/** The command line is wrong; the command did not call the service. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
