import { useState } from 'preact/hooks';
import { kinds, pluralOf, rules } from '../../lib/kind/index.ts';
import { isArchive } from '../../lib/kind/kind-rules.ts';
import { bytes } from './amounts.ts';

const archives = pluralOf(kinds.filter((kind) => isArchive(rules[kind])));

/** Takes one file: dropped, or chosen. */
export const FileDrop = ({
  file,
  onFile,
}: {
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}) => {
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a second way for the mouse; the input within is the first.
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped) onFile(dropped);
      }}
    >
      <label for="file">Data</label>
      <input
        id="file"
        type="file"
        aria-describedby="file-help"
        onChange={(event) => onFile(event.currentTarget.files?.[0])}
      />
      <p class="help" id="file-help">
        {file
          ? `${file.name}, ${bytes(file.size)}`
          : `A file, chosen or dropped here; of ${archives} a tar archive: plain, gzip or zstd. Without one the element is metadata alone.`}
      </p>
    </div>
  );
};
