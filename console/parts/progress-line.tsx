import type { TransferProgress } from '../../client/upload.ts';
import { bytes } from './amounts.ts';

const WORDS = {
  reading: 'Reading the file for its checksum',
  sending: 'Sending',
  verifying: 'Being verified',
  receiving: 'Receiving',
} satisfies Record<TransferProgress['phase'], string>;

/** The progress of a transfer. */
export const ProgressLine = ({ of: { phase, done, size } }: { readonly of: TransferProgress }) => (
  <div class="progress">
    <label for="progress">
      {WORDS[phase]}: {bytes(done)} of {bytes(size)}
    </label>
    <progress id="progress" max={Math.max(size, 1)} value={phase === 'verifying' ? undefined : done} />
  </div>
);
