/** What a deployment that runs tasks on Fargate has for them, beside what a plan says to its runner. */
export interface FargateEngine {
  /** Where the registry of the service is for ECS: `host` or `host:port`. */
  readonly registry: string;
  /** The secret of Secrets Manager with which ECS signs in there; absent where an image is pulled without. */
  readonly registryCredentials?: string;
  /** The log group for output that is the service's, and its region. */
  readonly logGroup: string;
  readonly region: string;
}
