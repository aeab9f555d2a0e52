import * as z from 'zod/mini';
import { validate } from '../validation.ts';

/** Batches that Lambda set aside, each in an object of its own. */
export interface SetAside {
  /** The keys of at most `limit` batches after a key, the earliest first. */
  list(limit: number, after?: string): Promise<readonly string[]>;
  read(key: string): Promise<string>;
  remove(key: string): Promise<void>;
}

/** The answer of a function of the stream: the records of the batch that it has to get again. */
interface BatchAnswer {
  readonly batchItemFailures: readonly unknown[];
}

/** Calls the function to which a batch belongs. */
export type Redelivery = (functionArn: string, batch: unknown) => Promise<BatchAnswer>;

/** The outcome of a run: the batches that the function took, and those that it refused, with the reason. */
export interface RedriveReport {
  readonly redriven: number;
  readonly left: readonly { readonly key: string; readonly reason: string }[];
}

/** Keys of one page of a list (Amazon S3, ListObjectsV2). */
const PAGE = 1_000;

/** What Lambda writes to a failure destination in S3 (AWS Lambda, event source mappings of DynamoDB). */
const invocationRecord = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  /** The whole batch, as text or, in later versions, as JSON. */
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

/** Answers why the batch stays; undefined if the function took it. */
const redriveOne = async (
  setAside: SetAside,
  key: string,
  redeliver: Redelivery,
): Promise<string | undefined> => {
  const text = await setAside.read(key);
  const { requestContext, payload } = validate(invocationRecord, JSON.parse(text), 'record');
  const batch: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
  const { batchItemFailures } = await redeliver(requestContext.functionArn, batch);
  if (batchItemFailures.length > 0) return 'the function could still not handle all of it';
  await setAside.remove(key);
  return undefined;
};

/**
 * Gives each batch that Lambda set aside to its function again, the earliest first, and removes those that the function takes. A batch that fails again stays,
 * and the next one follows. A second run is harmless: events keep their IDs, and the log has each once.
 */
export const redrive = async (setAside: SetAside, redeliver: Redelivery): Promise<RedriveReport> => {
  const left: { key: string; reason: string }[] = [];
  let redriven = 0;
  let keys: readonly string[] = [];
  do {
    keys = await setAside.list(PAGE, keys.at(-1));
    for (const key of keys) {
      const reason = await redriveOne(setAside, key, redeliver).catch(String);
      if (reason === undefined) redriven += 1;
      else left.push({ key, reason });
    }
  } while (keys.length === PAGE);
  return { redriven, left };
};
