import type { Taskport } from '../../client/taskport.ts';
import type { OpenSink } from '../../lib/execution/log-sink.ts';
import { openFileSink } from '../logs/file-sink.ts';
import { openServiceSink } from '../logs/service-log.ts';

/** Opens the log that a plan names: in CloudWatch Logs, in S3, or as a file below `directory`; without one, at the service. */
export const openSink = (directory: string, taskport: Taskport): OpenSink => {
  const openFile = openFileSink(directory);
  return async (log, attempt, stream, since) => {
    const { s3, cloudwatch, file } = log === 'service' ? {} : log.spec;
    if (log === 'service' || !(s3 ?? cloudwatch ?? file))
      return openServiceSink(taskport, attempt, stream, since);
    if (s3) {
      const { LogObjects } = await import('../../lib/adapters/s3/log-objects.ts');
      return new LogObjects().open(log, attempt, stream);
    }
    if (cloudwatch) {
      const { LogStreams } = await import('../../lib/adapters/cloudwatch/log-streams.ts');
      return new LogStreams().open(log, attempt, stream);
    }
    return openFile(log, attempt, stream);
  };
};
