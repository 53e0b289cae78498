/** Entry of the `rayfish` command. */
import { processIo } from './io.js';
import { run } from './program.js';

/** What writing answers when nobody reads any more: into a pipe, now and then into a socket, to a terminal that was closed. */
const readerGone = ['EPIPE', 'ECONNRESET', 'EIO'];

// Whoever read our output (`| head`) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (readerGone.includes(error.code ?? '')) process.exit(0);
  throw error;
});
// Whoever does not want to hear what went wrong still has the exit code.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (!readerGone.includes(error.code ?? '')) throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo());
