/** The app of `cdk deploy`: one stack, checked against the AWS Solutions rules before the deployment. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stageOf } from './stack/context.ts';
import { TaskportStack } from './stack/taskport-stack.ts';

const app = new App();
const stage = stageOf(app);
new TaskportStack(app, stage === undefined ? 'Taskport' : `Taskport-${stage}`, {
  env: {
    // The CDK CLI sets it from the credentials. Without credentials, the template is for any account and region.
    ...(process.env.CDK_DEFAULT_ACCOUNT && { account: process.env.CDK_DEFAULT_ACCOUNT }),
    ...(process.env.CDK_DEFAULT_REGION && { region: process.env.CDK_DEFAULT_REGION }),
  },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
