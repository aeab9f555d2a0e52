import type { Taskport } from '../../client/taskport.ts';
import type { LogReader } from '../../lib/execution/log-reader.ts';
import { UsageError } from '../usage-error.ts';

const readers: Readonly<Record<string, (taskport: Taskport) => Promise<LogReader>>> = {
  'taskport:': async (taskport) => new (await import('./service-log.ts')).ServiceLog(taskport),
  'file:': async () => new (await import('./file-log.ts')).FileLog(),
  's3:': async () => new (await import('../../lib/adapters/s3/log-objects.ts')).LogObjects(),
  'cloudwatch:': async () => new (await import('../../lib/adapters/cloudwatch/log-streams.ts')).LogStreams(),
};

/** Loads the reader for a URI. Throws `UsageError` for output in another place. */
export const readerOf = (uri: string, taskport: Taskport): Promise<LogReader> => {
  const load = readers[uri.slice(0, uri.indexOf(':') + 1)];
  if (!load) throw new UsageError(`the output is in ${uri}, which cannot be read from here`);
  return load(taskport);
};
