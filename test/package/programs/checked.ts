/** The app, checked by both versions of cdk-nag: prints the findings. */

import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, Aspects, Stack, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsSolutionsChecks as AwsSolutionsChecks2 } from 'cdk-nag-2';
import { EventSubscription, Taskport } from 'taskport/infra';

const app = new App();
const stack = new Stack(app, 'Checked');
const vpc = new Vpc(stack, 'Vpc', { flowLogs: { all: {} } });
const dead = new Queue(stack, 'Dead', { enforceSSL: true });
const queue = new Queue(stack, 'Queue', {
  enforceSSL: true,
  deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
});
const { bus } = new Taskport(stack, 'Taskport', { vpc, engines: { fargate: {} } });
new EventSubscription(stack, 'Starts', { bus, destination: { queue } });
Aspects.of(app).add(new AwsSolutionsChecks2());
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const { stacks } = app.synth();
const said = stacks.flatMap(({ messages }) => messages);
console.log(
  JSON.stringify(said.filter(({ level }) => level !== 'info').map(({ id, entry }) => [id, entry.data])),
);
