/** The parts of a deployment that its tasks on Fargate use, and that a plan for another runner lacks. */
export interface FargateEngine {
  /** The address at which ECS reaches the registry of the service: `host` or `host:port`. */
  readonly registry: string;
  /** The secret of Secrets Manager with which ECS signs in there; absent if the registry needs no sign-in. */
  readonly registryCredentials?: string;
  /** The log group for output to the service, and its region. */
  readonly logGroup: string;
  readonly region: string;
}
