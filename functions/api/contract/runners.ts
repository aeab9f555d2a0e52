import { servedSession, sessionClaim } from '../../../lib/composition/session/session-schema.ts';
import {
  runnerClaim,
  runnerGrant,
  runnerLease,
  runnerLeave,
  runnerRenewal,
} from '../../../lib/location/runner-schema.ts';
import { pageQuery } from '../request.ts';
import { answered, asked, pageOf } from './component.ts';
import { defineOperations } from './operation.ts';

asked('RunnerClaim', 'A runner that asks for the tasks of a location.', runnerClaim);
asked('RunnerRenewal', 'A runner that says that it lives.', runnerRenewal);
asked('RunnerLeave', 'A runner that ends.', runnerLeave);
answered('RunnerLease', 'The runner of a location’s tasks.', runnerLease);
answered('RunnerGrant', 'The lease that a claim got.', runnerGrant);
const page = pageOf('RunnerPage', 'runners, by location', runnerLease);

const FOR_RUNNERS = 'For runners; takes the permission to `execute`.';

export const runnerOperations = defineOperations('runners', {
  listRunners: {
    call: 'GET /v1/runners',
    summary: 'List the runners of the locations that the caller may see',
    description: 'By location. A page may have fewer items than `limit` though more follow.',
    query: pageQuery,
    answers: { 200: ['A page of them.', page] },
  },
  readRunner: {
    call: 'GET /v1/locations/{location}/runner',
    summary: 'Read the runner of a location’s tasks',
    answers: { 200: ['The lease.', runnerLease] },
  },
  claimRunner: {
    call: 'POST /v1/locations/{location}/runner/claim',
    summary: 'Claim the tasks of a location',
    description: `${FOR_RUNNERS} Granted where the lease is free, the runner’s own engine has it, or it is taken over.`,
    body: runnerClaim,
    answers: { 200: ['It is granted.', runnerGrant] },
    problems: ['runner-elsewhere', 'stale-runner'],
  },
  renewRunner: {
    call: 'POST /v1/locations/{location}/runner/renew',
    summary: 'Say that the runner lives',
    description: `${FOR_RUNNERS} The answer is good for four tenths of \`silenceSeconds\`, counted from before it was asked for.`,
    body: runnerRenewal,
    answers: { 200: ['The lease.', runnerLease] },
    problems: ['stale-runner'],
  },
  leaveRunner: {
    call: 'POST /v1/locations/{location}/runner/leave',
    summary: 'Give the tasks of a location back',
    description: `${FOR_RUNNERS} With \`keep\` the runner alone ends, and its tasks run on.`,
    body: runnerLeave,
    answers: { 200: ['The lease.', runnerLease] },
    problems: ['stale-runner', 'invalid-state'],
  },
  serveSession: {
    call: 'POST /v1/locations/{location}/runner/sessions',
    summary: 'Take a session with a task on',
    description: `${FOR_RUNNERS} Answered once for each session, which \`Session Began\` tells of.`,
    body: sessionClaim,
    answers: { 200: ['The session, and the URL at which its client waits.', servedSession] },
    problems: ['stale-runner', 'not-found', 'unsupported-by-target'],
  },
  fenceRunner: {
    call: 'POST /v1/locations/{location}/runner/fence',
    summary: 'Take the tasks of a location from an engine that is lost',
    description:
      'Takes `admin` of the location, and is refused until the runner was not heard for `silenceSeconds`. Tasks that run on where no runner lives may then run twice.',
    answers: { 200: ['The lease, which is free.', runnerLease] },
    problems: ['invalid-state'],
  },
});
