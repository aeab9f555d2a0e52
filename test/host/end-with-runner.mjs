/** Preloaded into a product under test: it stops the product when the test runner is gone, even if that was killed. */
delete process.env.NODE_OPTIONS;
const runner = process.ppid;
setInterval(() => {
  if (process.ppid !== runner) process.kill(process.pid, 'SIGTERM');
}, 1_000).unref();
