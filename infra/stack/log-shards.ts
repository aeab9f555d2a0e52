import { CustomResource, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeployedFunction } from './function.ts';

/**
 * Fails a deployment that asks for another number of shards than the log has, and names the right number. CloudFormation calls the function that
 * writes the log, with the permissions of the deploying user, so neither needs further permissions.
 */
export function refuseOtherShards(
  scope: Construct,
  { handler, role }: DeployedFunction,
  logShards: number,
): void {
  const resource = new CustomResource(scope, 'LogShards', {
    serviceToken: handler.functionArn,
    resourceType: 'Custom::TaskportLogShards',
    properties: { logShards },
    // Lambda retries a failed call after one minute, and again after two more.
    serviceTimeout: Duration.minutes(5),
  });
  // The function's permissions are in a policy that CloudFormation creates beside the role.
  resource.node.addDependency(role);
}
