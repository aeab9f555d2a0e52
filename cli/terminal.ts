import { spawnSync } from 'node:child_process';
import type { Terminal } from './io.ts';

/** The terminal of this process, if its input or its output is one. */
export const terminalOf = ({ stdin, stdout }: NodeJS.Process): Terminal | undefined => {
  if (!stdin.isTTY && !stdout.isTTY) return undefined;
  const size: Terminal['size'] = () =>
    stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : undefined;
  return {
    isTypedAt: stdin.isTTY,
    size,
    takeOver: ({ isTyped, onResize }) => {
      const tell = (): void => {
        const now = size();
        if (now) onResize(now);
      };
      if (isTyped) {
        stdin.setRawMode(true);
        // Node leaves the conversion of line feeds on, but the remote process expects it to be off.
        spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
      }
      stdout.on('resize', tell);
      tell();
      return () => {
        stdout.off('resize', tell);
        if (isTyped) stdin.setRawMode(false);
      };
    },
  };
};
