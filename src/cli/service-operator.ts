/** `service operator`: who may use Rayfish without being root. */
import type { Command } from 'commander';
import type { Service } from '../service/service.js';
import type { User } from '../service/users.js';
import { examples, type Cli } from './cli.js';

/** @param open gives the service, or says that it takes root */
export function addOperatorCommands(service: Command, cli: Cli, { open }: { open: () => Promise<Service> }): void {
  const operator = service
    .command('operator')
    .description('the users who may use Rayfish without sudo')
    .action(async () => {
      const operators = await (await open()).operators();
      cli.print({ operators }, () => listText(operators));
    });
  examples(
    operator
      .command('add')
      .description('let a user connect, add peers and change settings')
      .argument('<user>', 'name or uid')
      .action(async (name: string) => {
        const user = await (await open()).addOperator(name);
        cli.print({ operator: user }, () => `${user.name} may use Rayfish now.`);
      }),
    ['sudo rayfish service operator add alice', ''],
  );
  operator
    .command('remove')
    .description('take that back')
    .argument('<user>', 'name or uid')
    .action(async (name: string) => {
      const user = await (await open()).removeOperator(name);
      cli.print({ operator: user }, () => `${user.name} may only look now.`);
    });
}

function listText(operators: readonly User[]): string {
  if (operators.length === 0) return 'Only root may use Rayfish. Let somebody: rayfish service operator add <user>';
  return operators.map(({ name, uid }) => `${name} (uid ${uid})`).join('\n');
}
