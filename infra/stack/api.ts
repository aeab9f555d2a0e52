import { Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
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
import { LOG_RETENTION } from './retention.ts';

/** An account runs 1,000 functions at once unless told otherwise; more calls would only become its errors. */
const THROTTLE = { rateLimit: 1000, burstLimit: 2000 };

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

/** A function that is called over HTTP, by its paths. */
export interface HttpFunction {
  readonly name: string;
  readonly handler: IFunction;
  readonly paths: readonly string[];
  /** Why everybody may call it; absent where the authorizer decides. */
  readonly open?: string;
}

/** The HTTPS front of the functions: everything behind the authorizer, but for what is open. */
export function createApi(scope: Construct, functions: readonly HttpFunction[]): HttpApi {
  const api = new HttpApi(scope, 'Api', {
    apiName: 'taskport',
    description: 'Taskport',
    createDefaultStage: false,
    defaultAuthorizer: chooseAuthorizer(scope),
  });
  const openRoute = (name: string, path: string, integration: HttpLambdaIntegration, reason: string) => {
    const route = new HttpRoute(scope, name, {
      httpApi: api,
      routeKey: HttpRouteKey.with(path, HttpMethod.GET),
      integration,
      authorizer: new HttpNoneAuthorizer(),
    });
    Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
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

  const accessLog = new LogGroup(scope, 'Log-access', { retention: LOG_RETENTION });
  new HttpStage(scope, 'Stage', {
    httpApi: api,
    autoDeploy: true,
    throttle: THROTTLE,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: ACCESS_LOG,
    },
  });
  return api;
}

/** IAM, unless the context names an issuer of tokens and the audience that they must be for. */
function chooseAuthorizer(scope: Construct): IHttpRouteAuthorizer {
  const issuer: string | undefined = scope.node.tryGetContext('jwtIssuer');
  const audience: string | undefined = scope.node.tryGetContext('jwtAudience');
  if (issuer && audience) {
    return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: audience.split(',') });
  }
  if (issuer || audience) {
    // Half a configuration must not quietly become another kind of access control.
    throw new Error('Tokens need both jwtIssuer and jwtAudience: -c jwtIssuer=https://… -c jwtAudience=…');
  }
  return new HttpIamAuthorizer();
}
