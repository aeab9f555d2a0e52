import type { ListedRun } from '../lib/composition/listed-run.ts';
import type { CallOptions, Http } from './http.ts';
import { Pages } from './pages.ts';

/** Which runs of a location of executors are listed. */
export interface RunsQuery extends CallOptions {
  readonly executorLocation: string;
  readonly state?: ListedRun['state'];
  /** Of a page. */
  readonly limit?: number;
}

/** What became of tasks that were bound. */
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
