import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { functions } from '../wiring.ts';
import { createAlarms } from './alarms.ts';
import { createApi, type HttpFunction } from './api.ts';
import { createAccessLogBucket, createDataBucket, createFailureBucket, letPagesTransfer } from './bucket.ts';
import { createBus } from './bus.ts';
import { createFunction, type DeployedFunction } from './function.ts';
import { createKey } from './key.ts';
import { createSchemas } from './schemas.ts';
import { createTable } from './table.ts';
import { attachTrigger, callByHand } from './trigger.ts';

/** The whole service in one stack: table, bucket, bus, the functions of `wiring.ts` and the API before them. */
export class TaskportStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, { description: 'Taskport: a control plane for container tasks', ...props });

    const key = createKey(this);
    const accessLogs = createAccessLogBucket(this);
    const bus = createBus(this);
    const resources = {
      key,
      table: createTable(this, 'Table', key),
      log: createTable(this, 'LogTable', key),
      bucket: createDataBucket(this, key, accessLogs),
      failures: createFailureBucket(this, key, accessLogs),
      bus,
      alarms: createAlarms(this, bus),
    };

    createSchemas(this);
    const deployments = new Map(
      functions.map((wiring) => [wiring.name, createFunction(this, wiring, resources)]),
    );
    const called: HttpFunction[] = [];
    for (const wiring of functions) {
      const deployed = deployments.get(wiring.name) as DeployedFunction;
      if (wiring.trigger.kind === 'http') {
        called.push({ name: wiring.name, handler: deployed.handler, ...wiring.trigger });
      } else if (wiring.trigger.kind === 'manual') {
        callByHand(deployed, deployments);
        const value = deployed.handler.functionName;
        new CfnOutput(this, 'RedriveFunction', {
          value,
          description: 'Called to try again what was set aside',
        });
      } else {
        attachTrigger(this, deployed, wiring.trigger, resources);
      }
    }

    const api = createApi(this, called);
    letPagesTransfer(resources.bucket, api.apiEndpoint);
    new CfnOutput(this, 'ApiUrl', {
      value: api.apiEndpoint,
      description: 'Where the API answers, and the console',
    });
    new CfnOutput(this, 'TableName', { value: resources.table.tableName, description: 'Metadata' });
    new CfnOutput(this, 'LogTableName', { value: resources.log.tableName, description: 'What happened' });
    new CfnOutput(this, 'BucketName', { value: resources.bucket.bucketName, description: 'Data' });
    new CfnOutput(this, 'BusName', { value: resources.bus.eventBusName, description: 'Events' });
  }
}
