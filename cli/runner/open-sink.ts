import type { OpenSink } from '../../lib/execution/log-sink.ts';
import { openFileSink } from '../logs/file-sink.ts';

/** Opens the log that a plan names: in CloudWatch Logs, in S3, or as a file; in `directory` where it names nothing of its own. */
export const openSink = (directory: string): OpenSink => {
  const openFile = openFileSink(directory);
  return async (log, attempt, stream) => {
    if (log.spec.s3) {
      const { LogObjects } = await import('../../lib/adapters/s3/log-objects.ts');
      return new LogObjects().open(log, attempt, stream);
    }
    if (log.spec.cloudwatch) {
      const { LogStreams } = await import('../../lib/adapters/cloudwatch/log-streams.ts');
      return new LogStreams().open(log, attempt, stream);
    }
    return openFile(log, attempt, stream);
  };
};
