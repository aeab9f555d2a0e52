/** A run, and reports on it as by a runner: there is no engine here. */
import type { Taskport } from '../../client/index.ts';
import type { ReportRequest } from '../../lib/composition/report-request.ts';

type Stream = 'stdout' | 'stderr';

export interface SomeRun {
  readonly executorId: string;
  readonly taskId: string;
  report(attempt: number, state: 'running' | 'exited' | 'failed', more?: object): Promise<void>;
  /** Adds a line to a stream of an attempt. */
  write(attempt: number, stream: Stream, words: string): Promise<void>;
}

/** Reports on the task of a composed executor. */
export const runOf = ({ elements, outputs }: Taskport, executorId: string): SomeRun => {
  const taskId = `${executorId}/tasks/main`;
  const marks = new Map<string, number>();
  return {
    executorId,
    taskId,
    report: async (attempt, state, more = {}) => {
      const of = { executorId, taskId, attempt };
      const output = { stdout: outputs.uri(of, 'stdout'), stderr: outputs.uri(of, 'stderr') };
      const report = { attempt, at: new Date().toISOString(), state, output, ...more };
      await elements.report(executorId, taskId, report as ReportRequest);
    },
    write: async (attempt, stream, words) => {
      const key = `${attempt} ${stream}`;
      const before = marks.get(key);
      const mark = (before ?? 0) + 1;
      marks.set(key, mark);
      const at = new Date().toISOString();
      const text = `${at} ${words}\n`;
      const said = { mark: String(mark), at, lines: 1, size: Buffer.byteLength(text), text };
      const segment = before === undefined ? said : { ...said, after: String(before) };
      await outputs.append({ executorId, taskId, attempt }, { stream, segment });
    },
  };
};

/** Requests a run of an image. */
export const someRun = async (
  taskport: Taskport,
  executorId: string,
  imageId: string,
  spec: object = {},
): Promise<SomeRun> => {
  const task = { name: 'main', spec: { process: { args: ['/bin/true'] }, ...spec } };
  const members = [{ id: imageId, mount: { path: '/' } }, { task }];
  await taskport.compositions.compose(executorId, { executor: {}, members, bind: true });
  return runOf(taskport, executorId);
};
