/** Nobody answered. What was asked for may have been done all the same. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  /** Whether it is Taskport itself that did not answer, and nothing else that it needs. */
  readonly isService: boolean;

  /** `fetch` says what went wrong in the cause of its error. */
  constructor(who: string, reason: unknown, isService = false) {
    const { name, message, cause } = reason as Error & { cause?: Error };
    const unasked = name === 'CredentialsProviderError' ? ', which was not asked' : '';
    const why = name === 'TimeoutError' ? 'it takes too long' : cause?.message || message;
    super(`no answer from ${who}${unasked}: ${why}`, { cause: reason });
    this.isService = isService;
  }
}
