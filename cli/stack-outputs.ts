import type { DeployedStack } from '../lib/adapters/cloudformation/deployed-stack.ts';
import { UsageError } from './usage-error.ts';

/** Which Taskport of which stack, as options say it. */
export interface StackOptions {
  readonly stack: string;
  /** That of the environment unless it is said. */
  readonly region?: string | undefined;
  /** The construct's id, where there are several in the stack. */
  readonly instance?: string | undefined;
}

/** What a deployed Taskport says of itself. */
export interface StackOutputs {
  readonly url: string;
  readonly auth: 'iam' | 'jwt';
  readonly region: string;
}

/** An output's key: the construct's ids, what it is, and in a stack that is not ours the hash of its path. */
const KEY = /^(.*?)(ApiUrl|Auth)(?:[0-9A-F]{8})?$/;

/** Each Taskport of a stack, by the construct's id. */
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
 * The Taskport of a stack. Throws `UsageError` where there is none, or several and it is not said which, and `UnreachableError`
 * where CloudFormation does not answer. `AWS_ENDPOINT_URL_CLOUDFORMATION` names another CloudFormation.
 */
export const readStackOutputs = async (
  env: Readonly<Record<string, string | undefined>>,
  { stack, instance: asked, region = env.AWS_REGION || env.AWS_DEFAULT_REGION }: StackOptions,
  signal?: AbortSignal,
): Promise<StackOutputs> => {
  if (!region) throw new UsageError('in which region is the stack? --region, or AWS_REGION');
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
    throw new UsageError(`there are several in ${stack}; say which by --instance: ${names}`);
  }
  return { ...first[1], region };
};
