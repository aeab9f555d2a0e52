import type { CfnResource } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Settings } from './settings.ts';
import type { Auth } from './taskport-props.ts';

/** What anybody may ask without a name must not take from those who have one. */
const OPEN_THROTTLE = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

/** What anybody may call of what is for callers with credentials, and why. */
const OPEN = [
  {
    name: 'Health',
    path: '/v1/health',
    reason: 'Monitors have no credentials; the route says that the service is alive and touches no data.',
  },
  {
    name: 'OpenApi',
    path: '/v1/openapi.json',
    reason: 'Generators of clients have no credentials; the document is public, and the same for everybody.',
  },
];

/** One line a call: who, what, how it went. Never the query string, which can carry metadata values. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTimeEpoch',
    sourceIp: '$context.identity.sourceIp',
    role: '$context.identity.userArn',
    subject: '$context.authorizer.claims.sub',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    functionLatencyMs: '$context.integrationLatency',
    error: '$context.error.message',
    functionError: '$context.integrationErrorMessage',
  }),
);

/** The API, where it answers, and what the DNS record of its own name points to. */
export interface DeployedApi {
  readonly api: HttpApi;
  readonly url: string;
  readonly domainTarget?: string;
}

/** A function that is called over HTTP, by its paths. */
export interface HttpFunction {
  readonly name: string;
  readonly handler: IFunction;
  readonly paths: readonly string[];
  /** Why everybody may call it; absent where the authorizer decides. */
  readonly open?: string;
}

/** The HTTPS front of the functions: everything behind the authorizer, but for what is open. */
export function createApi(
  scope: Construct,
  functions: readonly HttpFunction[],
  settings: Settings,
): DeployedApi {
  const api = new HttpApi(scope, 'Api', {
    apiName: settings.name,
    description: 'Taskport',
    createDefaultStage: false,
    defaultAuthorizer: authorizerOf(settings.auth),
  });
  const opened = new Map<string, HttpRoute>();
  const openRoute = (name: string, path: string, integration: HttpLambdaIntegration, reason: string) => {
    const route = new HttpRoute(scope, name, {
      httpApi: api,
      routeKey: HttpRouteKey.with(path, HttpMethod.GET),
      integration,
      authorizer: new HttpNoneAuthorizer(),
    });
    acknowledge(route, 'AwsSolutions-APIG4', reason);
    opened.set(`GET ${path}`, route);
  };
  for (const { name, handler, paths, open } of functions) {
    // Payload format 2.0 is the default of an HTTP API and what the functions expect.
    const integration = new HttpLambdaIntegration(`Function-${name}`, handler);
    if (open !== undefined) {
      for (const path of paths)
        openRoute(`Open-${name}${path}`.replaceAll(/\W+/g, '-'), path, integration, open);
      continue;
    }
    for (const path of paths) api.addRoutes({ path, methods: [HttpMethod.ANY], integration });
    for (const each of OPEN) openRoute(each.name, each.path, integration, each.reason);
  }

  const accessLog = new LogGroup(scope, 'Log-access', {
    retention: settings.logRetention,
    removalPolicy: settings.removalPolicy,
  });
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    autoDeploy: true,
    throttle: { rateLimit: settings.throttle.rate, burstLimit: settings.throttle.burst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: ACCESS_LOG,
    },
  });
  const written = stage.node.defaultChild as CfnResource;
  const throttled = [...opened.keys()].map((route) => [route, OPEN_THROTTLE] as const);
  written.addPropertyOverride('RouteSettings', Object.fromEntries(throttled));
  // A stage cannot speak of a route that is not there yet.
  stage.node.addDependency(...opened.values());
  return { api, ...nameApi(scope, api, stage, settings) };
}

/** Gives the API its own name where it has one. */
function nameApi(
  scope: Construct,
  api: HttpApi,
  stage: HttpStage,
  { domain }: Settings,
): Pick<DeployedApi, 'url' | 'domainTarget'> {
  if (!domain) return { url: api.apiEndpoint };
  const domainName = new DomainName(scope, 'Domain', {
    domainName: domain.name,
    certificate: domain.certificate,
  });
  new ApiMapping(scope, 'DomainMapping', { api, domainName, stage });
  return { url: `https://${domain.name}`, domainTarget: domainName.regionalDomainName };
}

function authorizerOf(auth: Auth): IHttpRouteAuthorizer {
  if (auth === 'iam') return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: [...auth.audience] });
}
