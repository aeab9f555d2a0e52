import { defined } from '../../lib/defined.ts';
import type { Example } from './examples.ts';

/** A value as a JSON block. */
export const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const flagOf = (method: string, hasBody: boolean): string => {
  if (method === 'HEAD') return ' -I';
  return method === (hasBody ? 'POST' : 'GET') ? '' : ` -X ${method}`;
};

/** The call of an example, for a shell. */
export const curl = ({ request: { method, path, headers = {}, body } }: Example): string => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const all = { ...defined({ 'content-type': body === undefined ? undefined : type }), ...headers };
  const data =
    body === undefined
      ? method === 'PUT' && path.endsWith('/data')
        ? ' --data-binary @archive.tar'
        : ''
      : ` \\\n  -d ${quoted(JSON.stringify(body))}`;
  const heads = Object.entries(all).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  const url = `"${path.replace('/v1', '$api')}"`;
  return `\`\`\`sh\ncurl -s${flagOf(method, body !== undefined)} ${url}${heads.join('')}${data}\n\`\`\`\n`;
};

/** The answer of an example. */
export const answerIn = ({ answer: { status, headers = {}, body } }: Example): string => {
  const told = Object.entries(headers).map(([name, value]) => `\`${name}: ${value}\``);
  return `${[`${status}`, ...told].join(', ')}${body === undefined ? '\n' : `\n\n${json(body)}`}`;
};
