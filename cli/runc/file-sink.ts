import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseId } from '../../lib/element/id.ts';
import { logSpecDefaults } from '../../lib/element/log-spec.ts';
import type { LogSink, OpenSink } from '../../lib/execution/log-sink.ts';
import { RotatedFile } from './rotated-file.ts';

/**
 * Opens logs that are files: JSON lines `{at, executor, task, attempt, stream, text}`, where the log says, and otherwise in
 * `<directory>/<location>/<name>.log`. Tasks of this process may share a file.
 */
export const openFileSink = (directory: string): OpenSink => {
  const files = new Map<string, RotatedFile>();
  return async ({ id, spec }, { executorId, taskId, attempt }, stream): Promise<LogSink> => {
    if (spec.cloudwatch !== undefined) throw new Error(`${id} is in CloudWatch, not in a file`);
    const { location, name } = parseId(id, 'id');
    const {
      path,
      maxSizeKiB,
      maxFiles = logSpecDefaults.file.maxFiles,
    } = spec.file ?? { path: join(directory, location, `${name}.log`) };
    const file =
      files.get(path) ?? new RotatedFile(path, (maxSizeKiB ?? Number.POSITIVE_INFINITY) * 1024, maxFiles);
    files.set(path, file);
    // The same for every line, of which there may be millions.
    const origin = JSON.stringify({ executor: executorId, task: taskId, attempt, stream }).slice(1, -1);
    return {
      uri: pathToFileURL(path).href,
      write: (lines) =>
        file.append(lines.map(({ at, text }) => `{"at":"${at}",${origin},"text":${JSON.stringify(text)}}`)),
      // Whoever writes next opens it again.
      close: () => file.close(),
    };
  };
};
