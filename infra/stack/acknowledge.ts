import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { defined } from '../../lib/defined.ts';

/** The metadata of a resource that cdk-nag before version 3 reads. */
interface Suppressions {
  readonly rules_to_suppress: readonly object[];
}

/**
 * Gives the reason why a construct deviates from a rule of cdk-nag, or for one finding of the rule. Before version 3 it does not cover resources
 * added later.
 */
export function acknowledge(scope: IConstruct, rule: string, reason: string, finding?: string): void {
  Validations.of(scope).acknowledge({ id: finding === undefined ? rule : `${rule}[${finding}]`, reason });
  const suppression = defined({
    id: rule,
    reason,
    applies_to: finding === undefined ? undefined : [finding],
  });
  for (const resource of scope.node.findAll().filter(CfnResource.isCfnResource)) {
    const { rules_to_suppress = [] }: Partial<Suppressions> = resource.getMetadata('cdk_nag') ?? {};
    resource.addMetadata('cdk_nag', { rules_to_suppress: [...rules_to_suppress, suppression] });
  }
}
