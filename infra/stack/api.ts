import type { CfnResource } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnRoute,
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

/** Limits calls without credentials, so that they cannot use up the rate of callers with credentials. */
const OPEN_THROTTLE = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

/** The share of the call rate for routes with their own sign-in; other routes keep the rest. */
const OWN_SIGN_IN_SHARE = 0.5;

/** Routes of the API that need no credentials, and why. */
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

/** One line per call: caller, route, outcome. Without the query string, which can contain metadata values. */
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

/** The API, its URL, and the target of the DNS record for its own domain name. */
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
  /** Why everybody may call it; absent if the authorizer decides. */
  readonly open?: string;
  /** Further paths on which the function authenticates callers itself, and why. */
  readonly ownSignIn?: { readonly paths: readonly string[]; readonly reason: string };
}

/** The HTTPS API of the functions: all routes have the authorizer, except open ones. */
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
  const opened: { readonly key: string; readonly route: HttpRoute; readonly throttle: object }[] = [];
  const openRoute = (
    name: string,
    path: string,
    integration: HttpLambdaIntegration,
    reason: string,
    { method = HttpMethod.GET, throttle = OPEN_THROTTLE }: { method?: HttpMethod; throttle?: object } = {},
  ) => {
    const route = new HttpRoute(scope, name, {
      httpApi: api,
      routeKey: HttpRouteKey.with(path.replace(/(.)\/$/, '$1'), method),
      integration,
      authorizer: new HttpNoneAuthorizer(),
    });
    const key = `${method} ${path}`;
    // The construct refuses a path with a trailing slash, which is a different route for API Gateway.
    (route.node.defaultChild as CfnRoute).routeKey = key;
    acknowledge(route, 'AwsSolutions-APIG4', reason);
    opened.push({ key, route, throttle });
  };
  const ownThrottle = {
    ThrottlingRateLimit: Math.ceil(settings.throttle.rate * OWN_SIGN_IN_SHARE),
    ThrottlingBurstLimit: Math.ceil(settings.throttle.burst * OWN_SIGN_IN_SHARE),
  };
  for (const { name, handler, paths, open, ownSignIn } of functions) {
    // The functions expect payload format 2.0, the default of an HTTP API.
    const integration = new HttpLambdaIntegration(`Function-${name}`, handler, {
      // For a path with a trailing slash, the construct would write the permission without that slash.
      scopePermissionToRoute: ownSignIn === undefined,
    });
    if (open !== undefined) {
      for (const path of paths)
        openRoute(`Open-${name}${path}`.replaceAll(/\W+/g, '-'), path, integration, open);
      continue;
    }
    for (const path of paths) api.addRoutes({ path, methods: [HttpMethod.ANY], integration });
    for (const each of OPEN) openRoute(each.name, each.path, integration, each.reason);
    for (const path of ownSignIn?.paths ?? [])
      openRoute(`Own-${name}${path}`.replaceAll(/\W+/g, '-'), path, integration, ownSignIn?.reason ?? '', {
        method: HttpMethod.ANY,
        throttle: ownThrottle,
      });
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
  const throttled = opened.map(({ key, throttle }) => [key, throttle] as const);
  written.addPropertyOverride('RouteSettings', Object.fromEntries(throttled));
  // The settings of a stage can only name existing routes.
  stage.node.addDependency(...opened.map(({ route }) => route));
  return { api, ...nameApi(scope, api, stage, settings) };
}

/** Gives the API its own domain name, if configured. */
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
