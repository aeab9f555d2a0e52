import * as cdk from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Taskport } from 'taskport/infra';

const { ISSUER: issuer = '' } = process.env;

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    new Taskport(this, 'Tasks', {
      auth: { issuer, audience: ['taskport'] },
      administrators: [`${issuer}|ann`],
      engines: { fargate: {} },
    });
  }
}
