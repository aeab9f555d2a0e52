import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { ReportRequest } from '../composition/report-request.ts';
import type { CompositionJson } from '../composition/shown-composition.ts';
import type { Attempt } from './attempt.ts';

/** What a report says besides its attempt. */
export type ReportBody = Omit<ReportRequest, 'attempt'>;

/** A composition of which there is no plan, with the reasons. */
export class PlanRefused extends Error {
  override name = 'PlanRefused';
}

/** What whoever runs tasks asks of the service. Methods throw what they like where it does not answer: they are called again. */
export interface ControlPlane {
  /** The composition of an executor; undefined where there is none. */
  composition(executorId: string): Promise<CompositionJson | undefined>;
  /** What is bound, merged. Throws `PlanRefused` for what no engine can run. */
  container(executorId: string): Promise<ComposedContainer>;
  /** Reports on an attempt. False where the service will not have it: the attempt is over, or was never asked for. */
  report(attempt: Attempt, report: ReportBody): Promise<boolean>;
}
