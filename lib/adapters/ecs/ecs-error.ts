import { EngineBusy } from '../../execution/launcher.ts';

/**
 * Errors of requests that fail again in the same way (Amazon ECS API, errors of RunTask and
 * RegisterTaskDefinition).
 */
const WRONG = [
  'AccessDeniedException',
  'BlockedException',
  'ClientException',
  'ClusterNotFoundException',
  'InvalidParameterException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'UnsupportedFeatureException',
];
/** Errors that pass, although ECS attributes them to the client. */
const IS_PASSING = /rate exceeded|throttl|concurrent|limit on the number/i;

/** ECS got too many requests (Amazon ECS API, common errors), or registers too many definitions at once. */
const IS_THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded)$/;

export const nameOf = (error: unknown): string => (error as Error).name;

/** Whether the request itself is wrong, so that another try fails too. */
export const isWrong = (error: unknown): boolean =>
  WRONG.includes(nameOf(error)) && !IS_PASSING.test((error as Error).message);

/** The error to throw if another try may succeed. */
export const passing = (error: unknown): unknown => {
  const { message } = error as Error;
  const isBusy = IS_THROTTLED.test(nameOf(error)) || IS_PASSING.test(message);
  return isBusy ? new EngineBusy(message || nameOf(error), { cause: error }) : error;
};
