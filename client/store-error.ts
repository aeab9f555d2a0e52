import { retryAfter } from './retry-after.ts';

/** The store refused the data or its request. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly status: number;
  /** Milliseconds that the store asks to wait. */
  readonly retryAfterMs: number;

  constructor(status: number, said: string, wait?: string | null) {
    const [, code] = /<Code>([^<]+)<\/Code>/.exec(said) ?? [];
    super(`the data store answered ${status}${code === undefined ? '' : `, ${code}`}`);
    this.status = status;
    this.retryAfterMs = retryAfter(wait);
  }
}
