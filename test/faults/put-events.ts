import { failedEntry } from './errors.ts';
import type { ProxiedRequest } from './fault.ts';

interface Answered {
  readonly ErrorCode?: string;
}

/** A PutEvents without its failing entries, and the conversion of its answer into one to all entries. */
export const splitEntries = ({ body }: ProxiedRequest, fails: (at: number) => boolean) => {
  const { Entries } = body as { readonly Entries: readonly unknown[] };
  const failed = Entries.map((_, at) => fails(at));
  const passed = Entries.filter((_, at) => !failed[at]);
  return {
    /** Undefined if no entry is passed on. */
    body:
      passed.length > 0 ? Buffer.from(JSON.stringify({ ...(body as object), Entries: passed })) : undefined,
    merge: (answers: readonly Answered[]): object => {
      const left = [...answers];
      const merged = failed.map((isFailed) => (isFailed ? failedEntry : left.shift()));
      return {
        FailedEntryCount: merged.filter((entry?: Answered) => entry?.ErrorCode).length,
        Entries: merged,
      };
    },
  };
};
