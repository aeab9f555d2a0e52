import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Settings } from './settings.ts';
import type { FargateProps } from './taskport-props.ts';
import { acknowledgeAny } from './wildcard.ts';

/** The ECS cluster, network and roles of tasks on Fargate. */
export class Fargate extends Construct {
  /** The cluster of the tasks. */
  readonly cluster: CfnCluster;
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
  /** The log group of the tasks' output. */
  readonly logGroup: LogGroup;
  /**
   * The role of ECS that pulls images, reads secrets of tasks, and writes their output. Grant it access to your own secrets, registries and log
   * groups.
   */
  readonly executionRole: Role;
  /** The role of the programs in tasks. It permits nothing by default; grant it what they need. */
  readonly taskRole: Role;
  /** The credential with which ECS pulls from the registry of the service. */
  readonly pullSecret: Secret;
  readonly #props: FargateProps;
  readonly #deployment: string;

  constructor(scope: Construct, props: FargateProps, settings: Settings) {
    super(scope, 'Fargate');
    this.#props = props;
    this.#deployment = settings.name;
    this.vpc = props.vpc ?? this.#network();
    this.cluster = new CfnCluster(this, 'Cluster', { capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
    acknowledge(
      this.cluster,
      'AwsSolutions-ECS4',
      'Container Insights costs by the task; who wants it turns it on in the account.',
    );
    this.securityGroups = props.securityGroups ?? [
      new SecurityGroup(this, 'Tasks', { vpc: this.vpc, description: 'Taskport: tasks on Fargate' }),
    ];
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetention,
      removalPolicy: settings.removalPolicy,
    });
    this.pullSecret = this.#secret();
    this.executionRole = this.#role('Execution', 'Taskport: has tasks start on Fargate');
    this.taskRole = this.#role('Task', 'Taskport: programs of tasks on Fargate');
    if (props.exec) this.#letExec();
    this.logGroup.grantWrite(this.executionRole);
    this.executionRole.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.pullSecret.secretArn],
      }),
    );
  }

  /** The settings of the dispatching function, as JSON. */
  settingsFor(url: string): string {
    const { subnets, assignPublicIp, spot, exec } = this.#props;
    const { vpc } = this;
    const isOwn = this.#props.vpc === undefined;
    const selected = vpc.selectSubnets(
      subnets ?? { subnetType: isOwn ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
    );
    return Stack.of(this).toJsonString({
      deployment: this.#deployment,
      cluster: this.cluster.attrArn,
      subnets: selected.subnetIds,
      securityGroups: this.securityGroups.map(({ securityGroupId }) => securityGroupId),
      assignPublicIp: assignPublicIp ?? isOwn,
      executionRole: this.executionRole.roleArn,
      taskRole: this.taskRole.roleArn,
      logGroup: this.logGroup.logGroupName,
      registry: url,
      registryCredentials: this.pullSecret.secretArn,
      ...(spot ? { spot } : {}),
      ...(exec ? { exec } : {}),
    });
  }

  /** ARN pattern of the ECS resources in the cluster, or in the account. */
  arn(resource: 'task' | 'task-definition'): string {
    const { ref } = this.cluster;
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource,
      resourceName: resource === 'task' ? `${ref}/*` : '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  /**
   * Two public subnets without a NAT gateway, which costs by the hour: tasks have public addresses, and the security group admits no inbound
   * traffic.
   */
  #network(): IVpc {
    const vpc = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
    });
    acknowledge(
      vpc,
      'AwsSolutions-VPC7',
      'Flow logs cost by what tasks send; who wants them names a network that has them.',
    );
    return vpc as IVpc;
  }

  /** The permissions that ECS Exec needs in the role of a task (Amazon ECS developer guide, ECS Exec). */
  #letExec(): void {
    const channels = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];
    const actions = channels.map((channel) => `ssmmessages:${channel}`);
    this.taskRole.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
    acknowledgeAny(this.taskRole, 'The channels of Session Manager are no resources.');
  }

  #secret(): Secret {
    const secret = new Secret(this, 'PullSecret', {
      description: 'Taskport: ECS signs in with it at the registry',
      // A placeholder: the dispatching function writes a valid credential before the first task.
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'taskport' }),
        generateStringKey: 'password',
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'The function `dispatch` writes another every few hours, before the one that is there is over.',
    );
    return secret;
  }

  #role(id: string, description: string): Role {
    const { account } = Stack.of(this);
    return new Role(this, id, {
      description,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    });
  }
}
