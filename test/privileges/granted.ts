import type { Resource } from '../../infra/function-wiring.ts';
import { allFunctions } from '../../infra/wiring.ts';
import type { Recorded } from './recording.ts';

/** The permissions in the wiring, in the form of records. */
export const granted: readonly Recorded[] = allFunctions.flatMap(({ name, actions }) =>
  (Object.keys(actions) as Resource[]).flatMap((on) =>
    (actions[on] ?? []).map((action): Recorded => [name, action, on]),
  ),
);

/** Throws if a function used actions that the wiring does not grant, and names them. */
export const assertGranted = (records: readonly Recorded[]): void => {
  const allowed = new Set(granted.map(String));
  const beyond = records.filter((each) => !allowed.has(String(each)));
  if (beyond.length === 0) return;
  const lines = beyond.map(([name, action, on]) => `${name} did ${action} on its ${on}`);
  throw new Error(
    `infra/wiring.ts does not grant what functions did while the tests ran:\n${lines.join('\n')}`,
  );
};
