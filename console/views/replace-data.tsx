import { useState } from 'preact/hooks';
import type { TransferProgress } from '../../client/upload.ts';
import { api } from '../api.ts';
import { FileDrop } from '../parts/file-drop.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ProgressLine } from '../parts/progress-line.tsx';
import { useLeaving } from '../use-leaving.ts';

/** Replaces the data of a volume. The volume keeps its old data until the new data is verified. */
export const ReplaceData = ({ id, onDone }: { readonly id: string; readonly onDone: () => void }) => {
  const [file, setFile] = useState<File>();
  const [progress, setProgress] = useState<TransferProgress>();
  const [error, setError] = useState<unknown>();
  const leaving = useLeaving();
  const replace = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!file || progress) return;
    setError(undefined);
    try {
      await api.data.replace(id, file, { onProgress: setProgress, signal: leaving.signal });
      onDone();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <details class="group">
      <summary>Replace the data</summary>
      <form onSubmit={replace}>
        <ProblemNotice error={error} takesFocus />
        <FileDrop file={file} onFile={setFile} />
        {progress && <ProgressLine of={progress} />}
        <button type="submit" aria-disabled={!file || progress !== undefined}>
          Replace
        </button>
      </form>
    </details>
  );
};
