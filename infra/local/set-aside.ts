import type { DynamoDBRecord } from 'aws-lambda';
import { KeptMap } from './kept-map.ts';
import { type DeliveryOptions, reportFailure } from './shard.ts';

/** Changes that a function of the stream did not take for too long. They survive the host in a file, if there is a path. */
export class SetAside {
  readonly #kept: KeptMap<DynamoDBRecord>;
  readonly #path: string | undefined;
  readonly #options: DeliveryOptions;

  constructor(path: string | undefined, options: DeliveryOptions) {
    this.#path = path;
    this.#options = options;
    this.#kept = new KeptMap(path);
  }

  /** Throws if it cannot write the file: then nobody may skip the change. */
  keep(record: DynamoDBRecord): void {
    this.#kept.set(record.eventID ?? '', record);
    this.#options.onSetAside?.(record);
    if (this.#path !== undefined)
      reportFailure(
        this.#options,
        `record ${record.eventID} is in ${this.#path} until the function takes it at a later start`,
      );
  }

  /** Gives the function each change once more; it keeps those that the function does not take. */
  async redeliver(stopped: AbortSignal): Promise<void> {
    for (const [id, record] of this.#kept.entries()) {
      if (stopped.aborted) return;
      try {
        const answer = await this.#options.handler({ Records: [record] });
        if (answer?.batchItemFailures.length) throw new Error('the function did not handle it');
        this.#kept.delete(id);
      } catch (error) {
        reportFailure(this.#options, `record ${id} stays in ${this.#path}`, error);
      }
    }
  }
}
