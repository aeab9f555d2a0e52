import { signIam } from '../client/sigv4.ts';
import { UsageError } from './usage-error.ts';

/** One output of a stack. */
interface Output {
  readonly key: string;
  readonly value: string;
}

/** Which Taskport of which stack. */
export interface StackQuery {
  readonly stack: string;
  readonly region: string;
  /** The construct's id, where there are several in the stack. */
  readonly instance?: string;
  /** Where CloudFormation is, if not where it always is. */
  readonly endpoint?: string;
  readonly signal: AbortSignal;
}

/** What a deployed Taskport says of itself. */
export interface StackOutputs {
  readonly url: string;
  readonly auth: 'iam' | 'jwt';
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const textOf = (xml: string, tag: string): string | undefined =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`)
    .exec(xml)?.[1]
    ?.replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => ENTITIES[name] ?? '');

/** Asks CloudFormation for the outputs of a stack (AWS CloudFormation API Reference, DescribeStacks). */
const describe = async ({ stack, region, endpoint, signal }: StackQuery): Promise<Output[]> => {
  const url = new URL(endpoint ?? `https://cloudformation.${region}.amazonaws.com/`);
  const body = new URLSearchParams({ Action: 'DescribeStacks', Version: '2010-05-15', StackName: stack });
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  };
  const headers = await signIam({ ...request, url, service: 'cloudformation', region });
  const answer = await fetch(url, { ...request, headers, signal });
  const xml = await answer.text();
  if (!answer.ok) throw new UsageError(textOf(xml, 'Message') ?? `CloudFormation answered ${answer.status}`);
  return [...xml.matchAll(/<member>((?:(?!<member>).)*?<OutputKey>.*?)<\/member>/gs)].flatMap(
    ([, member = '']) => {
      const [key, value] = [textOf(member, 'OutputKey'), textOf(member, 'OutputValue')];
      return key !== undefined && value !== undefined ? [{ key, value }] : [];
    },
  );
};

/** An output's key: the construct's ids, what it is, and in a stack that is not ours the hash of its path. */
const KEY = /^(.*?)(ApiUrl|Auth)(?:[0-9A-F]{8})?$/;

/** The Taskport of a stack. Throws `UsageError` where there is none, or several and it is not said which. */
export const readStackOutputs = async (query: StackQuery): Promise<StackOutputs> => {
  const found = new Map<string, Record<string, string>>();
  for (const { key, value } of await describe(query)) {
    const [, instance = '', name] = KEY.exec(key) ?? [];
    if (name !== undefined) found.set(instance, { ...found.get(instance), [name]: value });
  }
  const whole = [...found].filter(([, { ApiUrl, Auth }]) => ApiUrl !== undefined && Auth !== undefined);
  const { stack, instance: asked } = query;
  const chosen = whole.filter(([instance]) => asked === undefined || instance === asked);
  const [first] = chosen;
  if (!first) throw new UsageError(`no Taskport${asked === undefined ? '' : ` ${asked}`} is in ${stack}`);
  if (chosen.length > 1) {
    const names = chosen.map(([instance]) => instance).join(', ');
    throw new UsageError(`there are several in ${stack}; say which by --instance: ${names}`);
  }
  const { ApiUrl: url = '', Auth } = first[1];
  return { url, auth: Auth === 'jwt' ? 'jwt' : 'iam' };
};
