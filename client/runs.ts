import type { ListedRun } from '../lib/composition/listed-run.ts';
import type { CallOptions, Http } from './http.ts';
import { Pages } from './pages.ts';

/** A query for runs of a location of executors. */
export interface RunsQuery extends CallOptions {
  readonly executorLocation: string;
  readonly state?: ListedRun['state'];
  /** The most items of a page. */
  readonly limit?: number;
}

/** Runs: bound tasks and their results. */
export class Runs {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The latest bind first. */
  list({ executorLocation, state, limit, ...options }: RunsQuery): Pages<ListedRun> {
    return new Pages((cursor) =>
      this.#http.json({
        method: 'GET',
        path: '/runs',
        query: { executorLocation, state, limit, cursor },
        ...options,
      }),
    );
  }
}
