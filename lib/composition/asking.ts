import { networksAsked } from '../element/executor-networks.ts';
import { parseId } from '../element/id.ts';
import { isLogFile } from '../element/log-file.ts';
import type { LogSpec } from '../element/log-spec.ts';
import { defaultCapabilities } from '../element/task-spec/capability.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import { type Allow, assertNoneForbidden, forbiddenBy, reasonAgainst } from '../location/allow.ts';
import type { Allowed, Location } from '../location/location.ts';
import { capabilitySet } from './plan/capability-set.ts';
import type { PlanInput, Reason } from './plan/plan-input.ts';
import { ofStorage, ofTask, type Refuse, refuseUnder } from './plan/refusal.ts';

/** The parts of a plan, or of members that join or are bound, for which a location needs `allow`. */
export type Asking = {
  readonly [part in 'tasks' | 'logs']: readonly Pick<PlanInput[part][number], 'id' | 'spec'>[];
} & {
  readonly storage: readonly Pick<PlanInput['storage'][number], 'id' | 'nfs'>[];
  /** Absent on a join or a bind: the location judged the executor when it was created. */
  readonly executor?: Pick<PlanInput['executor'], 'spec'>;
};

type Ask = (of: keyof Allow, what: readonly string[], path: string) => void;

const askOfTask = ({ process, secrets = [] }: TaskSpec, ask: Ask): void => {
  const isDefault = (name: string): boolean => (defaultCapabilities as readonly string[]).includes(name);
  const added = capabilitySet(process?.capabilities).filter((name) => !isDefault(name));
  ask('capabilities', added, 'process.capabilities.add');
  for (const [at, { valueFrom }] of secrets.entries())
    ask('secrets', [valueFrom], `secrets[${at}].valueFrom`);
};

const askOfLog = ({ s3, cloudwatch }: LogSpec, ask: Ask): void => {
  if (s3) ask('logs', [`s3://${s3.bucket}/${s3.prefix ?? ''}`], 's3');
  if (cloudwatch) ask('logs', [`cloudwatch:${cloudwatch.group}`], 'cloudwatch.group');
};

const ofLog = (refuse: Refuse, id: string): Refuse => refuseUnder(refuse, `logs["${id}"]`);

/** Every log whose path is one of the machine, which earlier versions allowed. */
export const pathsOfMachine = (logs: Asking['logs']): Reason[] =>
  logs.flatMap(({ id, spec: { file } }) =>
    file === undefined || isLogFile(file.path)
      ? []
      : [
          {
            path: `logs["${id}"].file.path`,
            message: `is a path of the machine, ${file.path}: create the log anew with a relative name`,
          },
        ],
  );

/** Every reason why the location does not allow these parts; `says` words the reason for each sort. */
export const reasonsAgainst = (
  allowed: Allowed,
  { tasks, logs, storage, executor }: Asking,
  says: (of: keyof Allow) => string,
): Reason[] => {
  const reasons: Reason[] = [];
  const report: Refuse = (path, message) => reasons.push({ path, message });
  const asker =
    (refuse: Refuse): Ask =>
    (of, what, path) => {
      const message = reasonAgainst(allowed, of, what, says(of));
      if (message !== undefined) refuse(path, message);
    };
  if (executor)
    for (const { path, what } of networksAsked(executor.spec))
      asker(refuseUnder(report, 'executor'))('networks', [what], path);
  for (const { id, spec } of tasks) askOfTask(spec, asker(ofTask(report, id)));
  for (const { id, spec } of logs) askOfLog(spec, asker(ofLog(report, id)));
  for (const { id, nfs } of storage)
    if (nfs) asker(ofStorage(report, id))('nfs', [`${nfs.server}:${nfs.path}`], '');
  return [...reasons, ...pathsOfMachine(logs)];
};

/** Every reason why the location of an executor does not allow these parts, with who can allow them. */
export const reasonsOf = ({ name, allow = {} }: Pick<Location, 'name' | 'allow'>, asking: Asking): Reason[] =>
  reasonsAgainst(allow, asking, (of) => forbiddenBy(name, of));

/** Throws `permission-denied` [issues] if the location of an executor does not allow these parts. */
export const assertAllowed = (location: Pick<Location, 'name' | 'allow'>, asking: Asking): void =>
  assertNoneForbidden('compose', reasonsOf(location, asking));

/** Storage with the place of its data, if an NFS server has it: in a directory of the storage's name. */
export const withExport = (id: string, { nfs }: Pick<Location, 'nfs'>): Asking['storage'][number] =>
  nfs
    ? { id, nfs: { server: nfs.server, path: `${nfs.path.replace(/\/$/, '')}/${parseId(id, 'id').name}` } }
    : { id };
