import { readFileSync } from 'node:fs';

/** A call with its answer. */
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

/** Recorded by test/openapi/examples.test.ts. */
export const examples = JSON.parse(
  readFileSync(new URL('examples.json', import.meta.url), 'utf8'),
) as Examples;
