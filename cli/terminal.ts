import type { TerminalSize } from '../client/sessions.ts';
import type { Terminal } from './io.ts';

/** The terminal of this process, where both its input and its output are one. */
export const terminalOf = ({ stdin, stdout }: NodeJS.Process): Terminal | undefined => {
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  const size = (): TerminalSize => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  return {
    size,
    takeOver: (onResize) => {
      const tell = (): void => onResize(size());
      stdin.setRawMode(true);
      stdout.on('resize', tell);
      return () => {
        stdout.off('resize', tell);
        stdin.setRawMode(false);
      };
    },
  };
};
