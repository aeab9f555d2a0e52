import type { Composition } from '../composition/composition.ts';
import type { OutputDependencies } from './append-output.ts';
import { keptOf } from './written-to.ts';

/**
 * Makes readers of an attempt's output read an engine's log. It has no separate standard error, since such an
 * engine mixes the streams. A repeat changes nothing.
 */
export const referOutput = async (
  { outputs, now }: Pick<OutputDependencies, 'outputs' | 'now'>,
  composition: Composition,
  { taskId, attempt }: { readonly taskId: string; readonly attempt: number },
  engineLog: string,
): Promise<void> => {
  const place = { composition: composition.incarnation, taskId, attempt, stream: 'stdout' } as const;
  const at = new Date(now()).toISOString();
  const referring = { sequence: 1, total: 0, at, lines: 0, size: 0, isCut: true, engineLog } as const;
  await outputs.add(place, referring, keptOf(composition, taskId, 'stdout').days);
};
