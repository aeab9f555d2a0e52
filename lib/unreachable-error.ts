/** A host did not answer. It may have done what the request asked. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  /** Whether Taskport itself did not answer, and not another service. */
  readonly isService: boolean;

  /** `fetch` has the reason in the cause of its error. */
  constructor(who: string, reason: unknown, isService = false) {
    const { name, message, cause } = reason as Error & { cause?: Error };
    const unasked = name === 'CredentialsProviderError' ? ', which was not asked' : '';
    const why = name === 'TimeoutError' ? 'it takes too long' : cause?.message || message;
    super(`no answer from ${who}${unasked}: ${why}`, { cause: reason });
    this.isService = isService;
  }
}
