import { closingLocationContract } from './closing-location.contract.ts';
import { concurrencyContract } from './concurrency.contract.ts';
import { digestsContract } from './digests.contract.ts';
import { eventLogContract } from './event-log.contract.ts';
import { idempotencyStoreContract } from './idempotency-store.contract.ts';
import { insertionContract } from './insertion.contract.ts';
import { listContract } from './list.contract.ts';
import { locationStoreContract } from './location-store.contract.ts';
import { outputContract } from './output.contract.ts';
import { referralContract } from './referral.contract.ts';
import { removalContract } from './removal.contract.ts';
import { repeatedWritesContract } from './repeated-writes.contract.ts';
import { runnerContract } from './runner.contract.ts';
import { spaceContract } from './space.contract.ts';
import type { Engine } from './stores.ts';
import { sweeperContract } from './sweeper.contract.ts';
import { tagContract } from './tag.contract.ts';
import { updateContract } from './update.contract.ts';

/** All that is promised of the ports, checked on one metadata engine. */
export const contracts = (engine: Engine): void => {
  insertionContract(engine);
  updateContract(engine);
  referralContract(engine);
  removalContract(engine);
  tagContract(engine);
  listContract(engine);
  digestsContract(engine);
  locationStoreContract(engine);
  idempotencyStoreContract(engine);
  runnerContract(engine);
  spaceContract(engine);
  sweeperContract(engine);
  closingLocationContract(engine);
  concurrencyContract(engine);
  repeatedWritesContract(engine);
  eventLogContract(engine);
  outputContract(engine);
};
