import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as cdk from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EventSubscription, Taskport } from 'taskport/infra';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, flowLogs: { all: {} } });
    const taskport = new Taskport(this, 'Taskport', {
      vpc,
      vpcSubnets: { subnets: vpc.privateSubnets },
      engines: { fargate: { vpc } },
    });
    taskport.grantInvoke(new Role(this, 'Caller', { assumedBy: new AccountRootPrincipal() }));
    new Alarm(this, 'Slow', { metric: taskport.metricLatency(), threshold: 500, evaluationPeriods: 3 });
    const deadLetterQueue = { queue: new Queue(this, 'Dead', { enforceSSL: true }), maxReceiveCount: 3 };
    new EventSubscription(this, 'Starts', {
      bus: taskport.bus,
      detailTypes: ['Task Bound', 'Task Unbound'],
      destination: { queue: new Queue(this, 'Queue', { enforceSSL: true, deadLetterQueue }) },
    });
  }
}
