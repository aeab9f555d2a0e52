import { isObject } from '../../lib/is-object.ts';

/** Members of a config that an image's specification is made of (OCI image config.md; Docker image specification 1.2). */
const USED = [
  ...['Cmd', 'Entrypoint', 'Env', 'ExposedPorts', 'Healthcheck', 'Labels', 'Shell', 'StopSignal', 'User'],
  ...['Volumes', 'WorkingDir'],
];

/** Whether a member says something: older tools write all of them, most of them empty. */
const isSaid = (value: unknown): boolean =>
  Boolean(value) && !(typeof value === 'object' && Object.keys(value as object).length === 0);

/** What is said of how an image runs: what is kept of it, what cannot be, and what nobody asks for. */
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
    ...(unused.length > 0 ? [`nobody uses what its config says of: ${unused.join(', ')}`] : []),
  ];
};
