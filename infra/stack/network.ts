import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { defined } from '../../lib/defined.ts';
import type { Settings } from './settings.ts';
import { acknowledgeAny } from './wildcard.ts';

interface Placement {
  readonly vpc?: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups?: ISecurityGroup[];
}

/** The network placement of a function. Lets its role manage the network interfaces that Lambda creates. */
export function network(role: Role, { vpc, vpcSubnets, securityGroups }: Settings): Placement {
  if (vpc) {
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
    acknowledgeAny(role, 'Lambda makes the network interfaces and gives them their names.');
  }
  // The library refuses subnets and security groups without a VPC.
  return defined({ vpc, vpcSubnets, securityGroups: securityGroups && [...securityGroups] });
}
