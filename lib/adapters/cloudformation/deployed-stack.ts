import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defined } from '../../defined.ts';
import { commandPatience, namingHost } from '../asked-host.ts';

export interface StackQuery {
  readonly stack: string;
  readonly region: string;
  /** The endpoint of CloudFormation, if it is not AWS's own. */
  readonly endpoint?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A stack as CloudFormation describes it. */
export interface DeployedStack {
  /** Such as `CREATE_COMPLETE`. */
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * Asks CloudFormation for a stack, with the credentials of the environment. Answers undefined if no stack has
 * the name. Throws `UnreachableError`, and the errors of AWS.
 */
export const readStack = async ({
  stack,
  region,
  endpoint,
  signal,
}: StackQuery): Promise<DeployedStack | undefined> => {
  const client = namingHost(
    new CloudFormationClient({
      ...commandPatience(),
      region,
      ...defined({ endpoint: endpoint || undefined }),
    }),
  );
  try {
    const { Stacks: [found] = [] } = await client.send(
      new DescribeStacksCommand({ StackName: stack }),
      defined({ abortSignal: signal }),
    );
    if (!found) return undefined;
    const { StackStatus: status = 'UNKNOWN', Outputs = [] } = found;
    const outputs = Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const);
    return { status, outputs: new Map(outputs) };
  } catch (error) {
    // CloudFormation answers the same for a stack that does not exist and for an invalid name.
    if ((error as Error).name === 'ValidationError') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
};
