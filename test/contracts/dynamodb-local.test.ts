import { afterAll, beforeAll, describe } from 'vitest';
import type { Engines } from '../../infra/local/engines/engines.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { startEngines } from '../host-bundle.ts';
import { contracts } from './contracts.ts';

describe("on Amazon's DynamoDB Local", () => {
  let engines: Engines | undefined;
  beforeAll(async () => {
    engines = await startEngines({ metadata: 'dynamodb-local', bucket: TEST_BUCKET });
  });
  afterAll(() => engines?.stop());

  contracts({ url: () => engines?.dynamodbUrl ?? '' });
});
