/** The program of `npm start`, with a record of its functions' requests to AWS (`test/host-bundle.ts`). */
await import('../privileges/recording.ts');
await import('../../infra/local/main.ts');
