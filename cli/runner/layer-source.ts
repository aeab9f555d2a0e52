import type { Taskport } from '../../client/taskport.ts';
import type { FetchLayer } from '../docker/storage/spool.ts';

/** `/v1/elements/image/library/base/data`, as plans say where data is. */
const HREF = /^\/v1\/elements\/([^/]+)\/([^/]+)\/([^/]+)\/data$/;

/** Fetches the data that a plan names, until a runner is interrupted. */
export const layerSource =
  (taskport: Taskport, interrupted: AbortSignal): FetchLayer =>
  (href, take, abort) => {
    const [, kind, location, name = ''] = HREF.exec(href) ?? [];
    const id = `${kind}://${location}/${decodeURIComponent(name)}`;
    return taskport.data.download(id, take, { signal: AbortSignal.any([interrupted, abort]) });
  };
