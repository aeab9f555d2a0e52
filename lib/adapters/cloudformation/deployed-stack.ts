import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defined } from '../../defined.ts';
import { commandPatience, namingHost } from '../asked-host.ts';

export interface StackQuery {
  readonly stack: string;
  readonly region: string;
  /** Where CloudFormation is, if not where it is for everybody. */
  readonly endpoint?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A stack as CloudFormation tells of it. */
export interface DeployedStack {
  /** Such as `CREATE_COMPLETE`. */
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * Asks CloudFormation for a stack, with the credentials of the environment; undefined where there is none of that name. Throws
 * `UnreachableError`, and what AWS refuses.
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
    // For a stack that is not there, CloudFormation answers what it answers for a name that none can have.
    if ((error as Error).name === 'ValidationError') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
};
