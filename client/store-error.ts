/** The store refused the data or its request. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly status: number;

  constructor(status: number, said: string) {
    const [, code] = /<Code>([^<]+)<\/Code>/.exec(said) ?? [];
    super(`the data store answered ${status}${code === undefined ? '' : `, ${code}`}`);
    this.status = status;
  }
}
