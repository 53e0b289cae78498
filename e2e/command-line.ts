/** The words after `npm run e2e --` and `npm run demo --`. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/** The values of `options`; what `--help` asks for is printed and what nobody can understand refused, and the process ends. */
export function commandLine<const O extends Options>(options: O, help: string): Values<O> {
  if (process.argv.includes('--help')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const [what] = (error instanceof Error ? error.message : String(error)).split('. ');
    process.stderr.write(`${what ?? ''}. --help says more.\n`);
    process.exit(2);
  }
}
