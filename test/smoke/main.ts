/** `npm run smoke -- --stack Taskport`, or `--url http://127.0.0.1:8787`: whether what is deployed works, from end to end. */
import { parseArgs } from 'node:util';
import { readStackOutputs } from '../../cli/stack-outputs.ts';
import { checkService } from './checks.ts';

const { values } = parseArgs({
  options: {
    stack: { type: 'string' },
    region: { type: 'string' },
    instance: { type: 'string' },
    url: { type: 'string' },
  },
});
const { stack, url, instance } = values;
if ((stack === undefined) === (url === undefined)) {
  console.error('either --stack <name> or --url <url>; TASKPORT_TOKEN is the token where one is asked for');
  process.exit(2);
}

const regionOf = (): string => {
  const region = values.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region !== undefined) return region;
  console.error('in which region is the stack? --region, or AWS_REGION');
  process.exit(2);
};

const deployed = async (name: string) => {
  const region = regionOf();
  const signal = AbortSignal.timeout(30_000);
  const found = await readStackOutputs({ stack: name, region, signal, ...(instance ? { instance } : {}) });
  const token = process.env.TASKPORT_TOKEN;
  return {
    url: found.url,
    region,
    ...(found.auth === 'iam' ? { auth: 'iam' as const } : {}),
    ...(found.auth === 'jwt' && token ? { token } : {}),
  };
};

const service = stack === undefined ? { url: url ?? '' } : await deployed(stack);
console.log(service.url);
const ok = await checkService({
  ...service,
  isDeployed: stack !== undefined,
  onChecked: (name, milliseconds, failure) =>
    console.log(
      `${failure ? 'FAILED' : 'ok    '}  ${name}  (${Math.round(milliseconds)} ms)${failure ? `\n        ${failure.message}` : ''}`,
    ),
});
process.exit(ok ? 0 : 1);
