/** The program of `npm start`, which writes down what its functions ask of AWS (`test/host-bundle.ts`). */
await import('../privileges/recording.ts');
await import('../../infra/local/main.ts');
