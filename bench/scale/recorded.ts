import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { LOG_TABLE, withService } from '../service.ts';
import { prepare, type Recorded, recordOperations } from './operations.ts';
import { UnitRecorder } from './unit-recorder.ts';

/** Units that operations take of shared partitions, counted on DynamoDB Local. */
export const recorded = (): Promise<Recorded> =>
  withService('dynamodb-local', async (service) => {
    await prepare(service);
    const reader = createDynamoClient();
    try {
      return await recordOperations(service, new UnitRecorder(service.dynamodb, reader, LOG_TABLE));
    } finally {
      reader.destroy();
    }
  });
