/** The steps of a workflow, stored with its test for a reporter. */

declare module 'vitest' {
  interface TaskMeta {
    story?: Step[];
  }
}

export interface Step {
  readonly what: string;
  readonly lines: Line[];
}

export type Line =
  | { readonly kind: 'request'; readonly call: string; readonly headers?: Headline; readonly body?: unknown }
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headline; readonly body?: unknown }
  | { readonly kind: 'event'; readonly type: string; readonly id: string; readonly detail: unknown }
  | {
      readonly kind: 'run';
      readonly command: string;
      readonly output: string;
      readonly exitCode: number | null;
    }
  | { readonly kind: 'remark'; readonly text: string };

export type Headline = Readonly<Record<string, string>>;

const MAX_TEXT = 96;
const KEPT = 24;

/** A shortened handle. Handles of one executor have equal beginnings and different ends. */
export const shortHandle = (handle: string): string => `${handle.slice(0, 6)}…${handle.slice(-10)}`;

/** A body for people: bytes are counted, and long texts cut. */
export const abbreviate = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return `(${value.length.toLocaleString('en')} bytes)`;
  if (typeof value === 'string' && value.length > MAX_TEXT && !value.includes(' ')) {
    return `${value.slice(0, KEPT)}… (${value.length.toLocaleString('en')} characters)`;
  }
  if (Array.isArray(value)) return value.map(abbreviate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'handle' && typeof member === 'string' ? shortHandle(member) : abbreviate(member),
    ]),
  );
};
