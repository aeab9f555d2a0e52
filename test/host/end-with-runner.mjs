/** Preloaded into a product under test: it stops when whoever runs the tests is gone, of whatever it died. */
delete process.env.NODE_OPTIONS;
const runner = process.ppid;
setInterval(() => {
  if (process.ppid !== runner) process.kill(process.pid, 'SIGTERM');
}, 1_000).unref();
