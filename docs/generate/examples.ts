import { readFileSync } from 'node:fs';

/** A call as it was made, and what it was answered. */
export interface Example {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

export interface Examples {
  /** By the ID of the operation. */
  readonly operations: Readonly<Record<string, Example>>;
  /** By the code of the problem. */
  readonly problems: Readonly<Record<string, Example>>;
}

/** What really happened; test/openapi/examples.test.ts records it. */
export const examples = JSON.parse(
  readFileSync(new URL('examples.json', import.meta.url), 'utf8'),
) as Examples;
