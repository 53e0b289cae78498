/** Entry of the `rayfish` command. */
import { processIo } from './io.js';
import { run } from './program.js';

// Whoever read our output (`| head`) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo());
