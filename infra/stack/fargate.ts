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

/** Where tasks run on Fargate, and as what. */
export class Fargate extends Construct {
  /** Tasks run in it, and nothing else has to. */
  readonly cluster: CfnCluster;
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
  /** What tasks write. */
  readonly logGroup: LogGroup;
  /** Pulls images, reads the secrets of tasks, and writes what they write. Secrets, registries and log groups of one's own are granted to it. */
  readonly executionRole: Role;
  /** What the programs of tasks may do: nothing, unless it is granted. */
  readonly taskRole: Role;
  /** What ECS signs in with at the registry of the service. */
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

  /** What the function is told that has tasks run, as JSON. */
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

  /** ARNs of what ECS has in the cluster, or in the account. */
  arn(resource: 'task' | 'task-definition'): string {
    const { ref } = this.cluster;
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource,
      resourceName: resource === 'task' ? `${ref}/*` : '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  /** Two public subnets, without an address translation that would cost by the hour: tasks have addresses of their own, and nothing reaches them. */
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

  /** What ECS Exec needs of the role of a task (Amazon ECS developer guide, ECS Exec). */
  #letExec(): void {
    const channels = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];
    const actions = channels.map((channel) => `ssmmessages:${channel}`);
    this.taskRole.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
    acknowledgeAny(this.taskRole, 'The channels of Session Manager are no resources.');
  }

  #secret(): Secret {
    const secret = new Secret(this, 'PullSecret', {
      description: 'Taskport: ECS signs in with it at the registry',
      // Nothing that is good yet: the function that has tasks run writes it before the first.
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
