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

export const nameOf = (error: unknown): string => (error as Error).name;

/** Whether it is the request that is wrong, so that another try changes nothing. */
export const isWrong = (error: unknown): boolean =>
  WRONG.includes(nameOf(error)) && !IS_PASSING.test((error as Error).message);
