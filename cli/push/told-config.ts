import { isObject } from '../../lib/is-object.ts';

/** Members of a config from which an image's specification is made (OCI image config.md; Docker image specification 1.2). */
const USED = [
  ...['Cmd', 'Entrypoint', 'Env', 'ExposedPorts', 'Healthcheck', 'Labels', 'Shell', 'StopSignal', 'User'],
  ...['Volumes', 'WorkingDir'],
];

/** Whether a member has a value: older tools write all members, most of them empty. */
const isSaid = (value: unknown): boolean =>
  Boolean(value) && !(typeof value === 'object' && Object.keys(value as object).length === 0);

/** Messages about the config: what the specification keeps, what it cannot keep, and what has no use. */
export const tellConfig = (spec: object, config: Record<string, unknown>): string[] => {
  const {
    process = {},
    unexpressed = [],
    ...others
  } = spec as {
    readonly process?: object;
    readonly unexpressed?: readonly { readonly field: string; readonly reason: string }[];
  };
  const kept = [...Object.keys(process), ...Object.keys(others)];
  const said = isObject(config.config) ? Object.entries(config.config) : [];
  const unused = said.filter(([key, value]) => isSaid(value) && !USED.includes(key)).map(([key]) => key);
  return [
    ...(kept.length > 0 ? [`kept of how it runs: ${kept.join(', ')}`] : []),
    ...unexpressed.map(({ field, reason }) => `not kept: ${field} ${reason}`),
    ...(unused.length > 0 ? [`nothing uses these fields of its config: ${unused.join(', ')}`] : []),
  ];
};
