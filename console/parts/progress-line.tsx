import type { Progress } from '../upload/send-file.ts';
import { bytes } from './amounts.ts';

const WORDS = {
  reading: 'Reading the file for its checksum',
  sending: 'Sending',
  verifying: 'Being verified',
} satisfies Record<Progress['phase'], string>;

/** How far a transfer is. */
export const ProgressLine = ({ of: { phase, done, size } }: { readonly of: Progress }) => (
  <div class="progress">
    <label for="progress">
      {WORDS[phase]}: {bytes(done)} of {bytes(size)}
    </label>
    <progress id="progress" max={Math.max(size, 1)} value={phase === 'verifying' ? undefined : done} />
  </div>
);
