import { CustomResource, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeployedFunction } from './function.ts';

/**
 * Has a deployment fail, with what to deploy instead, that wants another number of shards than the log has. CloudFormation calls the function that writes
 * the log, with the rights of who deploys: neither needs any that it has not.
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
    // Lambda repeats a call that failed after one minute, and after two more.
    serviceTimeout: Duration.minutes(5),
  });
  // What the function may do stands beside its role.
  resource.node.addDependency(role);
}
