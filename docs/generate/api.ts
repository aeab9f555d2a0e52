import * as z from 'zod/mini';
import { components } from '../../functions/api/contract/component.ts';
import { eventSchemas } from '../../functions/api/contract/events.ts';
import { tags } from '../../functions/api/contract/operation.ts';
import { problems } from '../../functions/api/contract/problems.ts';
import { answerIn, curl, json } from './api-example.ts';
import { fieldRows, linkTo, typeOf } from './api-type.ts';
import { examples } from './examples.ts';
import { type OpenApi, openApi } from './openapi.ts';
import type { Answer, Parameter, PathItem } from './openapi-operation.ts';
import { nameOf } from './openapi-schema.ts';
import { describe } from './schema.ts';
import { row, table } from './table.ts';

const PREAMBLE = `# API

Every call, what it takes and what it answers. This page is made of the schemas that validate requests, in
\`functions/api/contract/\`, by \`npm run docs\`; [openapi.json](openapi.json) is the same for programs, and a Taskport answers
its own at \`/v1/openapi.json\`. What stands in the examples has really happened: only times, IDs, handles and signed URLs
are others, and long texts are cut.

- Bodies are JSON in UTF-8; unknown fields are refused. Fields may be added to what is answered. Times are RFC 3339 in UTC.
- Callers sign requests with AWS Signature Version 4 (service \`execute-api\`), or have a token where the deployment takes tokens.
  On a laptop nothing is asked for.
- Every answer has \`X-Request-Id\`. What went wrong is a [problem](#problems): \`application/problem+json\` (RFC 9457).
- A \`POST\` with an \`Idempotency-Key\` has its effect once: a repeat within 24 hours answers the same status with how things are
  now, and \`Idempotency-Replayed: true\`.
- Lists are \`{items, cursor?}\`. A cursor is opaque and belongs to the query that it came from.
- An \`ETag\` names one state of one record: an element or a location that is deleted and created anew has others, though its
  revision is 1 again. Take it as it is answered, quotes included. With \`If-Match\`, which takes several, a change is made to one of
  these states or not at all; with \`If-None-Match\` what is as the caller knows it is answered 304, without a body.
- Of an executor that is read with its composition, the tag names the state of both, and \`If-Match\` asks for both; read by
  \`fields\` without it, as a change answers it, that of the executor alone.
- What a path names may be percent-encoded, and is decoded once. An encoded slash is a slash, and API Gateway cuts a path at an
  encoded question mark: no name has either. \`traceparent\` (W3C Trace Context) is logged.

\`\`\`sh
api=http://127.0.0.1:8787/v1
\`\`\`
`;

/** Schemas whose fields another page documents. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  TaskSpec: 'task-specification.md',
  ExecutorSpec: 'task-specification.md#specification-of-an-executor',
  Event: 'events.md',
  LogSpec: 'task-specification.md#specification-of-a-log',
};

const resolve = <T>(document: OpenApi, part: 'parameters' | 'responses', entry: T | { $ref: string }): T => {
  const { $ref } = entry as { $ref?: string };
  return $ref === undefined ? (entry as T) : (document.components[part][nameOf({ $ref })] as T);
};

const parametersOf = (document: OpenApi, { parameters = [] }: PathItem): string => {
  const rows = parameters
    .map((entry) => resolve<Parameter>(document, 'parameters', entry))
    .filter(({ name }) => name !== 'traceparent')
    .map(({ name, in: place, required, schema, description }) =>
      row([`\`${name}\``, place, `${typeOf(schema)}${required ? '; required' : ''}`, description]),
    );
  return rows.length === 0 ? '' : `${table(['Parameter', 'In', 'Type', 'Meaning'], rows)}\n`;
};

const bodyOf = ({ requestBody }: PathItem): string => {
  if (!requestBody) return '';
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(requestBody.content);
  const what =
    type === 'application/octet-stream' ? 'the bytes as they are' : `${typeOf(schema)} as \`${type}\``;
  return `Body: ${what}${requestBody.required ? '' : '; it may be left out'}.\n`;
};

const answersOf = (document: OpenApi, { responses }: PathItem): string => {
  const all = Object.entries(responses).map(
    ([status, entry]) => [status, resolve<Answer>(document, 'responses', entry)] as const,
  );
  const rows = all
    .filter(([status]) => Number(status) < 400)
    .map(([status, { description, headers, content }]) => {
      const schema = content?.['application/json']?.schema;
      return row([
        status,
        schema ? typeOf(schema) : content ? 'bytes' : '',
        Object.keys(headers ?? {})
          .map((name) => `\`${name}\``)
          .join(', '),
        description,
      ]);
    });
  const codes = all
    .filter(([status, { content }]) => Number(status) >= 400 && content)
    .flatMap(([, { description }]) => description.split(', ').map((code) => code.replaceAll('`', '')));
  const linked = codes.map((code) => `[\`${code}\`](#${code})`).join(', ');
  return `${table(['Status', 'Body', 'Headers', 'Meaning'], rows)}\n${codes.length > 0 ? `\nProblems: ${linked}.\n` : ''}`;
};

const operation = (document: OpenApi, method: string, path: string, item: PathItem): string => {
  const example = examples.operations[item.operationId];
  return [
    `### ${item.summary}\n`,
    `\`${method.toUpperCase()} ${path}\` (\`${item.operationId}\`)\n`,
    item.description === `${item.summary}.` ? '' : `${item.description}\n`,
    parametersOf(document, item),
    bodyOf(item),
    answersOf(document, item),
    example ? `${curl(example)}\n${answerIn(example)}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

const operationsOf = (document: OpenApi, tag: string): string[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(
        ([
          ,
          {
            tags: [of],
          },
        ]) => of === tag,
      )
      .map(([method, item]) => operation(document, method, path, item)),
  );

/** Problems and events have their own sections. */
const isTold = (name: string): boolean =>
  !eventSchemas.has(name) && !problems.some((problem) => problem.name === name);

const schemaSection = (document: OpenApi, name: string): string => {
  const schema = document.components.schemas[name] ?? {};
  const elsewhere = ELSEWHERE[name];
  const told = elsewhere === undefined ? '' : `Field by field: [${elsewhere}](${elsewhere}).\n`;
  const rows = elsewhere === undefined ? fieldRows(schema) : [];
  const body =
    rows.length > 0
      ? `${table(['Field', 'Type', 'Always', 'Meaning'], rows)}\n`
      : elsewhere === undefined
        ? `${typeOf(schema)}.\n`
        : '';
  return [`### ${name}\n`, `${schema.description}\n`, told, body].filter((part) => part !== '').join('\n');
};

const problemSections = (): string[] =>
  problems.map(({ code, status, meaning, members = {} }) => {
    const example = examples.problems[code];
    const { properties = {} } = describe(z.object(members));
    const rows = Object.entries(properties).map(([name, { description = '' }]) =>
      row([`\`${name}\``, description]),
    );
    return [
      `### ${code}\n`,
      `${status}. ${meaning}\n`,
      rows.length > 0 ? `${table(['Member', 'Meaning'], rows)}\n` : '',
      example
        ? `\`${example.request.method} ${example.request.path}\`${asked(example.request.body)}\n\n${json(example.answer.body)}`
        : '',
    ]
      .filter((part) => part !== '')
      .join('\n');
  });

const asked = (body: unknown): string => (body === undefined ? '' : ` with \`${JSON.stringify(body)}\``);

/** The page docs/api.md. */
export const apiReference = (): string => {
  const document = openApi();
  return [
    PREAMBLE,
    ...Object.entries(tags).flatMap(([tag, meaning]) => [
      `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}\n`,
      `${meaning}\n`,
      ...operationsOf(document, tag),
    ]),
    '## Schemas\n',
    ...[...components.keys()].filter(isTold).map((name) => schemaSection(document, name)),
    '## Problems\n',
    'Of every one `code` says which it is, `detail` what happened, and `status` and `requestId` stand in the body as well.\n',
    `${table(
      ['Problem', 'Status', 'Meaning', 'Members'],
      problems.map(({ code, status, meaning, members = {} }) =>
        row([
          linkTo(code),
          String(status),
          meaning,
          Object.keys(members)
            .map((name) => `\`${name}\``)
            .join(', '),
        ]),
      ),
    )}\n`,
    ...problemSections(),
  ].join('\n');
};
