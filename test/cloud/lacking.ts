/**
 * Features of AWS that MiniStack lacks, and the template's replacements. The list can only shrink: `lacking.test.ts` fails if MiniStack has
 * gained a feature.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of many shapes.
type Json = any;

export interface Template {
  readonly Resources: Record<string, { Type: string; Properties?: Json; DependsOn?: string | string[] }>;
  readonly Outputs?: Record<string, Json>;
}

interface Lack {
  readonly reason: string;
  /** Whether a resource is left out. */
  readonly drops?: (resource: Template['Resources'][string]) => boolean;
  /** Rewrites the template with the same meaning for MiniStack. */
  readonly rewrites?: (template: Template) => void;
}

const isType =
  (...types: readonly string[]) =>
  ({ Type }: { Type: string }) =>
    types.includes(Type);

/** Every object in a value, including nested ones. */
function* objectsOf(value: Json): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value;
  for (const inner of Object.values(value)) yield* objectsOf(inner);
}

const ON_TASKS = ['ecs:RunTask', 'ecs:DescribeTasks', 'ecs:StopTask', 'ecs:TagResource'];

/** Whether a statement concerns running tasks, or their start. */
const isOnTasks = ({ Action = [] }: Json): boolean =>
  [Action].flat().some((action: Json) => ON_TASKS.includes(action));

export const lacking: Readonly<Record<string, Lack>> = {
  archive: {
    reason: 'its CloudFormation has no archives of events; its EventBridge has them',
    drops: isType('AWS::Events::Archive'),
  },
  schemas: {
    reason: 'it has no registry of schemas',
    drops: isType('AWS::EventSchemas::Registry', 'AWS::EventSchemas::Schema'),
  },
  'metric math': {
    reason: 'its alarms compute nothing of several metrics',
    drops: ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties.Metrics !== undefined,
  },
  'the ARN of a secret': {
    reason:
      'its `Ref` of a secret is the name, and no policy allows a name; the attribute `Id` is the same ARN on AWS',
    rewrites: ({ Resources, ...rest }) => {
      const isSecret = (id: string): boolean => Resources[id]?.Type === 'AWS::SecretsManager::Secret';
      for (const object of objectsOf({ Resources, ...rest })) {
        if (!isSecret(object.Ref)) continue;
        object['Fn::GetAtt'] = [object.Ref, 'Id'];
        delete object.Ref;
      }
    },
  },
  'groups of schedules': {
    reason: 'it takes every schedule for one of the group `default` where it looks for who may create it',
    rewrites: ({ Resources }) => {
      for (const object of objectsOf(Resources))
        if (object.Action === 'scheduler:CreateSchedule') object.Resource = '*';
    },
  },
  'tasks of ECS': {
    reason:
      'it looks at the cluster for who may run, look at and stop tasks, and not at definitions or tasks',
    rewrites: ({ Resources }) => {
      const [cluster] = Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::ECS::Cluster');
      for (const object of objectsOf(Resources))
        if (isOnTasks(object)) object.Resource = { 'Fn::GetAtt': [cluster, 'Arn'] };
    },
  },
  'conditions of ECS': {
    reason: 'it does not know the condition `ecs:cluster`, and takes it for one that does not hold',
    rewrites: ({ Resources }) => {
      for (const { Condition } of objectsOf(Resources)) {
        if (Condition?.ArnEquals?.['ecs:cluster']) delete Condition.ArnEquals;
      }
    },
  },
  'streams of a log group': {
    reason:
      'it looks at the group for who may read a stream, by an ARN without the end that ARNs of groups have',
    rewrites: ({ Resources }) => {
      for (const object of objectsOf(Resources)) {
        if (object.Action !== 'logs:GetLogEvents') continue;
        const [Ref] = object.Resource['Fn::GetAtt'];
        const account = ['Partition', 'Region', 'AccountId'].map((name) => ({ Ref: `AWS::${name}` }));
        const [partition, ...place] = account;
        object.Resource = { 'Fn::Join': [':', ['arn', partition, 'logs', ...place, 'log-group', { Ref }]] };
      }
    },
  },
  'events of schedules': {
    reason:
      'its scheduler puts no event with the source and the type that a schedule names: each has those of EventBridge',
    rewrites: ({ Resources }) => {
      for (const { Properties } of Object.values(Resources).filter(isType('AWS::Events::Rule'))) {
        const { EventPattern: pattern } = Properties;
        if (!pattern?.['detail-type']?.includes('Supervision Due')) continue;
        pattern.source.push('aws.scheduler');
        pattern['detail-type'].push('Scheduled Event');
      }
    },
  },
};

/** Replaces references to resources that are left out. */
const DROPPED = 'left out';

const drop = (template: Template, drops: NonNullable<Lack['drops']>): void => {
  const { Resources, Outputs = {} } = template;
  const gone = new Set(Object.keys(Resources).filter((id) => drops(Resources[id] as never)));
  for (const id of gone) delete Resources[id];
  for (const resource of Object.values(Resources)) {
    if (resource.DependsOn) resource.DependsOn = [resource.DependsOn].flat().filter((id) => !gone.has(id));
  }
  for (const object of objectsOf({ Resources, Outputs }))
    for (const [key, value] of Object.entries<Json>(object)) {
      if (gone.has(value?.Ref ?? value?.['Fn::GetAtt']?.[0])) object[key] = DROPPED;
    }
};

/** The template for MiniStack: without all that it lacks, except one feature if given. */
export const adapted = (template: Template, but?: string): Template => {
  const changed = structuredClone(template);
  for (const [name, { drops, rewrites }] of Object.entries(lacking)) {
    if (name === but) continue;
    if (drops) drop(changed, drops);
    rewrites?.(changed);
  }
  return changed;
};

/** The same for the whole output of `cdk synth`: a template is uploaded under the hash of its content. */
export const adaptAssembly = (directory: string): void => {
  const read = (name: string): Json => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const renamed = new Map<string, string>();
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.template.json')) continue;
    const text = JSON.stringify(adapted(read(name)));
    writeFileSync(join(directory, name), text);
    const hash = createHash('sha256').update(text).digest('hex');
    const assets = read(name.replace('.template.json', '.assets.json'));
    const asset: Json = Object.values<Json>(assets.files).find(({ source }) => source.path === name);
    for (const { objectKey } of Object.values<Json>(asset.destinations))
      renamed.set(objectKey.replace('.json', ''), hash);
  }
  for (const name of readdirSync(directory)) {
    if (!/\.assets\.json$|^manifest\.json$/.test(name)) continue;
    let text = readFileSync(join(directory, name), 'utf8');
    for (const [from, to] of renamed) text = text.replaceAll(from, to);
    writeFileSync(join(directory, name), text);
  }
};
