import type { DeployedStack } from '../lib/adapters/cloudformation/deployed-stack.ts';
import { UsageError } from './usage-error.ts';

/** Options that select a Taskport in a stack. */
export interface StackOptions {
  readonly stack: string;
  /** The default is the region of the environment. */
  readonly region?: string | undefined;
  /** The construct's ID, if the stack has several. */
  readonly instance?: string | undefined;
}

/** The outputs of a deployed Taskport. */
export interface StackOutputs {
  readonly url: string;
  readonly auth: 'iam' | 'jwt';
  readonly region: string;
}

/** The key of an output: the construct's IDs, the output's name, and in another project's stack the hash of its path. */
const KEY = /^(.*?)(ApiUrl|Auth)(?:[0-9A-F]{8})?$/;

/** Each Taskport of a stack, by the construct's ID. */
const taskportsOf = ({ outputs }: DeployedStack): ReadonlyMap<string, Omit<StackOutputs, 'region'>> => {
  const found = new Map<string, Record<string, string>>();
  for (const [key, value] of outputs) {
    const [, instance = '', name] = KEY.exec(key) ?? [];
    if (name !== undefined) found.set(instance, { ...found.get(instance), [name]: value });
  }
  return new Map(
    [...found].flatMap(([instance, { ApiUrl: url, Auth }]) =>
      url && Auth ? [[instance, { url, auth: Auth === 'jwt' ? 'jwt' : 'iam' }] as const] : [],
    ),
  );
};

/**
 * The Taskport of a stack. Throws `UsageError` if there is none, or several and the options name none, and `UnreachableError` if
 * CloudFormation does not answer. `AWS_ENDPOINT_URL_CLOUDFORMATION` names another CloudFormation.
 */
export const readStackOutputs = async (
  env: Readonly<Record<string, string | undefined>>,
  { stack, instance: asked, region = env.AWS_REGION || env.AWS_DEFAULT_REGION }: StackOptions,
  signal?: AbortSignal,
): Promise<StackOutputs> => {
  if (!region) throw new UsageError('the region of the stack is unknown: give --region, or set AWS_REGION');
  if (!/^[a-z0-9-]{1,63}$/.test(region)) throw new UsageError(`${region} is no region, such as eu-central-1`);
  const { readStack } = await import('../lib/adapters/cloudformation/deployed-stack.ts');
  const endpoint = env.AWS_ENDPOINT_URL_CLOUDFORMATION;
  const deployed = await readStack({ stack, region, endpoint, signal });
  if (!deployed) throw new UsageError(`there is no stack ${stack} in ${region}`);
  const whole = taskportsOf(deployed);
  const chosen = [...whole].filter(([instance]) => asked === undefined || instance === asked);
  const [first] = chosen;
  if (!first) {
    const what = asked === undefined ? 'no Taskport' : `no Taskport ${asked}`;
    throw new UsageError(`${what} is in the stack ${stack}, which is ${deployed.status}`);
  }
  if (chosen.length > 1) {
    const names = chosen.map(([instance]) => instance).join(', ');
    throw new UsageError(`${stack} has several Taskports; name one by --instance: ${names}`);
  }
  return { ...first[1], region };
};
