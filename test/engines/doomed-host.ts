/** A host that starts engines, prints their addresses, and waits to be killed. */
import { startEngines } from '../../infra/local/engines/engines.ts';

const [, , directory, metadata] = process.argv;
const engines = await startEngines({ directory, metadata: metadata as 'dynoxide', bucket: 'things' });
process.send?.({ dynamodbUrl: engines.dynamodbUrl, s3Url: engines.s3Url });
