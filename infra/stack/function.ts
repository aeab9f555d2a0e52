import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { unusedCredentials } from '../bundling.ts';
import { environmentNames, type FunctionWiring } from '../wiring.ts';
import { permit } from './permissions.ts';
import type { Resources } from './resources.ts';
import { auditDays, LOG_RETENTION } from './retention.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A function and the role that it runs as. */
export interface DeployedFunction {
  readonly handler: NodejsFunction;
  readonly role: Role;
}

/** One function of `wiring.ts`, with a role that may do what is listed there and nothing else. */
export function createFunction(
  scope: Construct,
  wiring: FunctionWiring,
  resources: Resources,
): DeployedFunction {
  const logGroup = new LogGroup(scope, `Log-${wiring.name}`, { retention: LOG_RETENTION });
  // A role of our own: the default one carries a managed policy that may write to every log group.
  const role = new Role(scope, `Role-${wiring.name}`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  logGroup.grantWrite(role);
  permit(role, wiring.actions, resources);

  const handler = new NodejsFunction(scope, `Function-${wiring.name}`, {
    description: wiring.description,
    entry: fromRoot(wiring.entry),
    depsLockFilePath: fromRoot('package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: wiring.memoryMiB,
    timeout: Duration.seconds(wiring.timeoutSeconds),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    environment: {
      [environmentNames.table]: resources.table.tableName,
      [environmentNames.bucket]: resources.bucket.bucketName,
      [environmentNames.bus]: resources.bus.eventBusName,
      [environmentNames.store]: 'enforcing',
      [environmentNames.log]: resources.log.tableName,
      [environmentNames.auditDays]: String(auditDays(scope)),
      [environmentNames.failures]: resources.failures.bucketName,
      [environmentNames.busArn]: resources.bus.eventBusArn,
      [environmentNames.alarmGroup]: resources.alarms.group,
      [environmentNames.alarmRole]: resources.alarms.role.roleArn,
    },
    bundling: {
      // One minified ES module with the SDK in it starts in less than half the time of the alternatives.
      format: OutputFormat.ESM,
      mainFields: ['module', 'main'],
      minify: true,
      bundleAwsSDK: true,
      externalModules: unusedCredentials,
      // Packages that exist as CommonJS only call `require` for Node's own modules.
      banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  return { handler, role };
}
