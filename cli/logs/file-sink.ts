import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseId } from '../../lib/element/id.ts';
import { isLogFile } from '../../lib/element/log-file.ts';
import { logSpecDefaults } from '../../lib/element/log-spec.ts';
import type { LogSink, OpenLog } from '../../lib/execution/log-sink.ts';
import { RotatedFile } from './rotated-file.ts';

/**
 * Opens logs that are files of JSON lines `{at, executor, task, attempt, stream, text}`: in `<directory>/<location>/`, under the name in
 * the log's specification or else `<name>.log`. Writes no file elsewhere. Tasks of this process may share a file.
 */
export const openFileSink = (directory: string): OpenLog => {
  const files = new Map<string, RotatedFile>();
  return async ({ id, spec }, { executorId, taskId, attempt }, stream): Promise<LogSink> => {
    if (spec.cloudwatch !== undefined) throw new Error(`${id} is in CloudWatch, not in a file`);
    const { location, name } = parseId(id, 'id');
    const {
      path: file,
      maxSizeKiB,
      maxFiles = logSpecDefaults.file.maxFiles,
    } = spec.file ?? { path: `${name}.log` };
    // An earlier version let logs name a path of the machine; such a log continues in the default file.
    const path = join(directory, location, isLogFile(file) ? file : `${name}.log`);
    const rotated =
      files.get(path) ?? new RotatedFile(path, (maxSizeKiB ?? Number.POSITIVE_INFINITY) * 1024, maxFiles);
    files.set(path, rotated);
    // Computed once, because there may be millions of lines.
    const origin = JSON.stringify({ executor: executorId, task: taskId, attempt, stream }).slice(1, -1);
    return {
      uri: pathToFileURL(path).href,
      write: (lines) =>
        rotated.append(
          lines.map(({ at, text }) => `{"at":"${at}",${origin},"text":${JSON.stringify(text)}}`),
        ),
      // The next write opens the file again.
      close: () => rotated.close(),
    };
  };
};
