/** The command is not what it should be; nothing was asked of the service. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
