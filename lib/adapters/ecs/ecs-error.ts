import { EngineBusy } from '../../execution/launcher.ts';

/** Requests that another try does not make right (Amazon ECS API, errors of RunTask and RegisterTaskDefinition). */
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
/** What is wrong only now, though ECS calls it a mistake of the client. */
const IS_PASSING = /rate exceeded|throttl|concurrent|limit on the number/i;

/** Too many requests at once (Amazon ECS API, common errors); or too many definitions that are registered at once. */
const IS_THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded)$/;

export const nameOf = (error: unknown): string => (error as Error).name;

/** Whether it is the request that is wrong, so that another try changes nothing. */
export const isWrong = (error: unknown): boolean =>
  WRONG.includes(nameOf(error)) && !IS_PASSING.test((error as Error).message);

/** What is to be thrown of an error that another try may change. */
export const passing = (error: unknown): unknown => {
  const { message } = error as Error;
  const isBusy = IS_THROTTLED.test(nameOf(error)) || IS_PASSING.test(message);
  return isBusy ? new EngineBusy(message || nameOf(error), { cause: error }) : error;
};
