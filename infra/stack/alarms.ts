import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';

/** The schedules of supervision. */
export interface Alarms {
  readonly group: string;
  /** ARN of all schedules of the group. */
  readonly schedules: string;
  /** The role that puts their events on the bus. */
  readonly role: Role;
}

/** A group of schedules, which are deleted with it, and a role that can only put their events on the bus. */
export function createAlarms(scope: Construct, bus: EventBus): Alarms {
  const group = new ScheduleGroup(scope, 'Alarms', { removalPolicy: RemovalPolicy.DESTROY });
  const role = new Role(scope, 'Role-alarms', {
    description: 'Lets schedules call for supervision',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: {
          'aws:SourceAccount': Stack.of(scope).account,
          'aws:SourceArn': group.scheduleGroupArn,
        },
      },
    }),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] }));
  const schedules = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule',
    resourceName: `${group.scheduleGroupName}/*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return { group: group.scheduleGroupName, schedules, role };
}
