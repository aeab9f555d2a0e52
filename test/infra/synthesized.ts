/** The template of `cdk synth`, and functions that read it. */
import { rmSync } from 'node:fs';
import { App, type AppProps, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { TaskportStack } from '../../infra/stack/taskport-stack.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of many shapes, and each test names the one it reads.
export type Json = any;

/**
 * The template of an app. Assets are not staged, and CloudFormation's rules are checked only on request (`template.test.ts`), because both take
 * most of the time.
 */
export function templateOf(build: (app: App) => Stack, { context = {}, ...props }: AppProps = {}): Template {
  const app = new App({
    builtinCloudFormationValidation: false,
    ...props,
    context: { ...context, 'aws:cdk:disable-asset-staging': true },
  });
  try {
    return Template.fromStack(build(app));
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

/** The stack's template, with the feature flags of `cdk.json` and the given context. */
export const synthesize = (context: Record<string, unknown> = {}, props: AppProps = {}): Template =>
  templateOf((app) => new TaskportStack(app, 'Taskport', { env: { region: 'eu-central-1' } }), {
    ...props,
    context: { ...cdkJson.context, ...context },
  });

export const template = synthesize();

/** The one resource of a type. */
export function only(type: string): { id: string; properties: Json; resource: Json } {
  const found = Object.entries(template.findResources(type));
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} resources are ${type}`);
  const [id, resource] = first as [string, Json];
  return { id, properties: resource.Properties, resource };
}

/** A resource by its logical ID. */
export const resource = (id: string): Json => template.toJSON().Resources[id];

/** The value of an output of the stack. */
export const output = (name: string): Json => template.findOutputs(name)[name]?.Value;

/** An ARN of the template as text: `Table.Arn/index/*`. */
export function flat(value: Json): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return value.Ref;
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'].join('.');
  return value['Fn::Join'][1].map(flat).join('');
}
