import * as z from 'zod/mini';
import { validate } from '../validation.ts';

/** Batches that Lambda set aside, each an object of its own. */
export interface SetAside {
  /** Keys of at most `limit` of them after a key, the first that were set aside first. */
  list(limit: number, after?: string): Promise<readonly string[]>;
  read(key: string): Promise<string>;
  remove(key: string): Promise<void>;
}

/** What a function of the stream answers: where in the batch it has to be taken up again. */
interface BatchAnswer {
  readonly batchItemFailures: readonly unknown[];
}

/** Gives a batch to the function that it was meant for. */
export type Redelivery = (functionArn: string, batch: unknown) => Promise<BatchAnswer>;

/** The result of a run: batches that went through and are removed, and those that stay, with the reason. */
export interface RedriveReport {
  readonly redriven: number;
  readonly left: readonly { readonly key: string; readonly reason: string }[];
}

/** Keys of one page of a list (Amazon S3, ListObjectsV2). */
const PAGE = 1_000;

/** What Lambda writes to a failure destination in S3 (AWS Lambda, event source mappings of DynamoDB). */
const invocationRecord = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  /** The whole batch; as text or, in later versions, as it is. */
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

const redriveOne = async (text: string, redeliver: Redelivery): Promise<string | undefined> => {
  const { requestContext, payload } = validate(invocationRecord, JSON.parse(text), 'record');
  const batch: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
  const { batchItemFailures } = await redeliver(requestContext.functionArn, batch);
  return batchItemFailures.length === 0 ? undefined : 'the function could still not handle all of it';
};

/**
 * Gives each batch that was set aside to its function again, the earliest first, and removes those that went through. The others
 * stay, and stop nothing else. To do it twice is harmless: events keep their ids, and the log has each once.
 */
export const redrive = async (setAside: SetAside, redeliver: Redelivery): Promise<RedriveReport> => {
  const left: { key: string; reason: string }[] = [];
  let redriven = 0;
  let keys: readonly string[] = [];
  do {
    keys = await setAside.list(PAGE, keys.at(-1));
    for (const key of keys) {
      const reason = await redriveOne(await setAside.read(key), redeliver).catch(String);
      if (reason !== undefined) left.push({ key, reason });
      else {
        await setAside.remove(key);
        redriven += 1;
      }
    }
  } while (keys.length === PAGE);
  return { redriven, left };
};
