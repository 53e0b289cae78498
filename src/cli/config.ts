/** `config`: read and change the settings. */
import type { Command } from 'commander';
import { settingKeySchema, type Result, type SettingKey } from '../shared/ipc-contract.js';
import { parseSettingKey, settingText } from '../shared/setting.js';
import { examples, type Cli } from './cli.js';
import { wrap } from './output.js';

/** What each setting is for, and what it can be. */
const explanations: Record<SettingKey, string> = {
  name: 'What this device calls itself towards peers.',
  'ipv6-only':
    'auto: leave IPv4 out while another program here uses 100.64.0.0/10, as Tailscale does. on: always. off: never, rather fail.',
  port: 'UDP port to be reached at, 0 to 65535; another is taken where it is in use, 0 takes any.',
  relay: 'Who passes packets on, still encrypted, where no direct path is found: default, none, or URLs.',
  discovery: 'Where a peer is looked up by its ID: default, none, or URLs.',
  mdns: 'on or off: find peers on the local network by themselves.',
  'fast-path': 'on or off: packets skip QUIC on direct paths where that is proven to work (Linux).',
  offload: 'on or off: the tunnel device takes and gives many packets at once, where the kernel can (Linux).',
};

export function addConfigCommands(program: Command, cli: Cli): void {
  const config = examples(
    program
      .command('config')
      .description('show the settings; get, set or unset one')
      .action(async () => {
        const result = await cli.withHelper((helper) => helper.call('get-settings', {}));
        cli.print(result, () => allText(result, cli.io.columns));
      }),
    ['sudo rayfish config', 'every setting and what it is for'],
    ['sudo rayfish config set name laptop', ''],
  );
  const keyArgument = ['<setting>', settingKeySchema.options.join(', ')] as const;
  examples(
    config
      .command('get')
      .description('print one setting')
      .argument(...keyArgument)
      .action(async (key: string) => {
        const known = parseSettingKey(key);
        const { settings } = await cli.withHelper((helper) => helper.call('get-settings', {}));
        cli.print({ key: known, value: settings[known] }, () => settingText(settings[known]));
      }),
    ['sudo rayfish config get name', 'nothing but the value'],
  );
  examples(
    config
      .command('set')
      .description('change one setting')
      .argument(...keyArgument)
      .argument('<value...>', 'its new value; several URLs are separated by spaces')
      .action(async (key: string, values: string[]) => {
        const result = await cli.withHelper((helper) => helper.call('set-setting', { key, value: values.join(' ') }));
        cli.print(result, () => changeText(parseSettingKey(key), result, cli.io.columns));
      }),
    ['sudo rayfish config set ipv6-only on', ''],
    ['sudo rayfish config set relay https://relay.example.org', 'relays of your own'],
  );
  examples(
    config
      .command('unset')
      .description('give one setting its default value again')
      .argument(...keyArgument)
      .action(async (key: string) => {
        const result = await cli.withHelper((helper) => helper.call('unset-setting', { key }));
        cli.print(result, () => changeText(parseSettingKey(key), result, cli.io.columns));
      }),
    ['sudo rayfish config unset port', ''],
  );
}

function allText({ settings, overridden }: Result<'get-settings'>, columns: number): string {
  const one = (key: SettingKey): string => {
    const fixed = overridden.includes(key) ? ' (given on the command line of the helper)' : '';
    return `${key} = ${settingText(settings[key])}${fixed}\n${wrap(explanations[key], columns, '    ')}`;
  };
  return settingKeySchema.options.map(one).join('\n');
}

function changeText(key: SettingKey, { settings, restartNeeded }: Result<'set-setting'>, columns: number): string {
  const restart = 'It takes effect once the helper was restarted.';
  return [`${key} = ${settingText(settings[key])}`, ...(restartNeeded ? [wrap(restart, columns)] : [])].join('\n');
}
