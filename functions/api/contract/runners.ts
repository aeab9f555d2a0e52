import { servedSession, sessionClaim } from '../../../lib/composition/session/session-schema.ts';
import {
  runnerClaim,
  runnerGrant,
  runnerLease,
  runnerLeave,
  runnerRenewal,
} from '../../../lib/location/runner-schema.ts';
import { pageQuery } from '../query.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations } from './operation.ts';

asked('RunnerClaim', 'The claim of a runner to the tasks of a location.', runnerClaim);
asked('RunnerRenewal', 'The notice of a runner that it is alive.', runnerRenewal);
asked('RunnerLeave', 'The notice of a runner that it ends.', runnerLeave);
answered('RunnerLease', 'The lease of a location’s tasks, and the runner that has it.', runnerLease);
answered('RunnerGrant', 'The lease that a runner gets for its claim.', runnerGrant);
const page = pageOf('RunnerPage', 'runners, by location', runnerLease);

const FOR_RUNNERS = 'For runners. The call needs the permission to `execute`.';

export const runnerOperations = defineOperations('runners', {
  listRunners: {
    call: 'GET /v1/runners',
    summary: 'List the runners of the locations that the caller may see',
    description:
      'The list is sorted by location. A page may have fewer items than `limit` even if more pages follow.',
    query: pageQuery,
    answers: { 200: ['A page of the list.', page] },
  },
  readRunner: {
    call: 'GET /v1/locations/{location}/runner',
    summary: 'Read which runner has the tasks of a location',
    answers: { 200: ['The lease.', runnerLease] },
  },
  claimRunner: {
    call: 'POST /v1/locations/{location}/runner/claim',
    summary: 'Claim the tasks of a location',
    description: `${FOR_RUNNERS} The service grants the lease if it is free, if the engine of the runner has it, or if the runner takes it over.`,
    body: runnerClaim,
    answers: { 200: ['The service grants the lease.', runnerGrant] },
    problems: ['runner-elsewhere', 'stale-runner'],
  },
  renewRunner: {
    call: 'POST /v1/locations/{location}/runner/renew',
    summary: 'Renew the lease of a location',
    description: `${FOR_RUNNERS} The answer is valid for four tenths of \`silenceSeconds\`, counted from the time before the request.`,
    body: runnerRenewal,
    answers: { 200: ['The lease.', runnerLease] },
    problems: ['stale-runner'],
  },
  leaveRunner: {
    call: 'POST /v1/locations/{location}/runner/leave',
    summary: 'Give back the lease of a location',
    description: `${FOR_RUNNERS} With \`keep\`, only the runner ends and its tasks continue to run.`,
    body: runnerLeave,
    answers: { 200: ['The lease.', runnerLease] },
    problems: ['stale-runner', 'invalid-state'],
  },
  serveSession: {
    call: 'POST /v1/locations/{location}/runner/sessions',
    summary: 'Serve a session with a task',
    description: `${FOR_RUNNERS} The event \`Session Began\` names the session. The service answers once for each session.`,
    body: sessionClaim,
    answers: { 200: ['The session, and the URL at which its client waits.', servedSession] },
    problems: ['stale-runner', 'not-found', 'unsupported-by-target'],
  },
  fenceRunner: {
    call: 'POST /v1/locations/{location}/runner/fence',
    summary: 'Take the lease of a location from a lost engine',
    description:
      'The call needs the permission `admin` in the location. The service refuses it until the runner has been silent for `silenceSeconds`. Tasks that still run on the lost engine may then run twice.',
    answers: { 200: ['The lease. It is free.', runnerLease] },
    problems: ['invalid-state'],
  },
});
