import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { people, sampleState, withStatus } from './gallery/samples.test-support.js';
import { show } from './show.test-support.js';

const friend = people.sampleId('zoe');

describe('the switch', () => {
  it('turns Rayfish off and on, and says what off means', async () => {
    const { bridge, user } = await show(sampleState);
    await user.click(screen.getByRole('switch', { name: 'Rayfish' }));
    expect(bridge.made.map(({ name }) => name)).toContain('down');
    expect(await screen.findByText(/Your peers still see this device, as paused/)).toBeVisible();
    await user.click(screen.getByRole('switch', { name: 'Rayfish' }));
    expect(screen.getByRole('heading', { name: 'Connected' })).toBeVisible();
  });

  it('says why it did not work', async () => {
    const { bridge, user } = await show(sampleState);
    bridge.refuse = { name: 'down', message: 'The disk is full.' };
    await user.click(screen.getByRole('switch', { name: 'Rayfish' }));
    expect(screen.getByRole('alert')).toHaveTextContent('The disk is full.');
  });

  it('cannot be moved by somebody who may only look, and says so', async () => {
    await show({ ...sampleState, link: { kind: 'connected', level: 'anyone' } });
    expect(screen.getByRole('switch', { name: 'Rayfish' })).toBeDisabled();
    expect(screen.getByText('You can look, but not change anything')).toBeVisible();
  });
});

describe('adding somebody', () => {
  it('goes from paste to waiting', async () => {
    const { bridge, user } = await show(withStatus({ peers: [] }));
    await user.click(screen.getByLabelText(/Add somebody/));
    await user.paste(friend);
    await user.type(screen.getByLabelText('Name, for you'), 'Zoë');
    await user.keyboard('{Enter}');
    expect(bridge.made).toContainEqual({ name: 'add-peer', params: { target: friend, name: 'Zoë' } });
    expect(screen.getByRole('button', { name: /Zoë.*Waiting for them/ })).toBeVisible();
    expect(screen.getByLabelText(/Add somebody/)).toHaveValue('');
  });

  it('names the fault of a paste and offers nothing to press', async () => {
    const { user } = await show(sampleState);
    await user.click(screen.getByLabelText(/Add somebody/));
    await user.paste(friend.slice(0, 47));
    expect(screen.getByText(/has 47 characters/)).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Add' })).toBeNull();
  });

  it('shows a deep link and does nothing by itself', async () => {
    const { bridge, happen } = await show(sampleState);
    await happen(() => {
      bridge.change({ deepLink: `rayfish://add/${friend}?name=zoe` });
    });
    expect(screen.getByLabelText('Name, for you')).toHaveValue('zoe');
    expect(bridge.made.map(({ name }) => name)).not.toContain('add-peer');
    expect(bridge.state.deepLink).toBeNull();
  });
});

describe('a request', () => {
  const asked = withStatus({ requests: [people.carla], peers: [] });

  it('says who claims to ask and what accepting means, and is accepted', async () => {
    const { user, bridge } = await show(asked);
    expect(screen.getByText('A device calling itself ‘carla-desktop’')).toBeVisible();
    expect(screen.getByText(/reach every port of this device/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Accept' }));
    expect(bridge.made).toContainEqual({ name: 'accept-request', params: { peer: people.carla.id } });
    expect(screen.getByRole('button', { name: /carla-desktop/ })).toBeVisible();
  });

  it('is blocked only after a question', async () => {
    const { user, bridge } = await show(asked);
    await user.click(screen.getByRole('button', { name: 'Block…' }));
    const question = screen.getByRole('alertdialog', { name: 'Block this device?' });
    expect(bridge.made.map(({ name }) => name)).not.toContain('block-peer');
    await user.click(within(question).getByRole('button', { name: 'Block' }));
    expect(bridge.made).toContainEqual({ name: 'block-peer', params: { peer: people.carla.id } });
  });
});

describe('when the helper goes away', () => {
  it('says so, keeps what was typed, and recovers by itself', async () => {
    const { bridge, user, happen } = await show(sampleState);
    await user.type(screen.getByLabelText(/Add somebody/), 'half an ID');
    await happen(() => {
      bridge.change({ link: { kind: 'connecting', since: Date.now() } });
    });
    expect(screen.getByRole('heading', { name: 'Service not answering' })).toBeVisible();
    expect(screen.getAllByText('Not known now').length).toBeGreaterThan(0);
    expect(screen.getByLabelText(/Add somebody/)).toHaveValue('half an ID');
    await happen(() => {
      bridge.change({ link: { kind: 'connected', level: 'operator' } });
    });
    expect(screen.getByRole('heading', { name: 'Connected' })).toBeVisible();
    expect(screen.getByLabelText(/Add somebody/)).toHaveValue('half an ID');
  });
});

describe('a peer', () => {
  it('is opened, pinged and renamed with the keyboard alone', async () => {
    const { bridge, user } = await show(withStatus({ peers: [people.bob] }));
    screen.getByRole('button', { name: /Bob’s ThinkPad/ }).focus();
    await user.keyboard('{Enter}');
    expect(screen.getByRole('heading', { name: 'Bob’s ThinkPad' })).toHaveFocus();
    screen.getByRole('button', { name: 'Ping' }).focus();
    await user.keyboard('{Enter}');
    expect(await screen.findByText('Answered in 12 ms.')).toBeVisible();
    await user.clear(screen.getByLabelText('Name, for you'));
    await user.type(screen.getByLabelText('Name, for you'), 'Bobby{Enter}');
    expect(bridge.made).toContainEqual({ name: 'rename-peer', params: { peer: people.bob.id, name: 'Bobby' } });
    await user.keyboard('{Escape}');
    expect(screen.getByRole('button', { name: /Bobby/ })).toBeVisible();
  });

  it('is removed after a question and leads home', async () => {
    const { user } = await show(sampleState, { view: { kind: 'peer', id: people.bob.id } });
    await user.click(screen.getByRole('button', { name: 'Remove…' }));
    await user.click(screen.getByRole('button', { name: 'Remove' }));
    expect(screen.queryByText('Bob’s ThinkPad')).toBeNull();
    expect(screen.getByRole('heading', { name: 'Peers' })).toBeVisible();
  });

  it('gives the words to send to somebody who has not added us', async () => {
    const { bridge, user } = await show(sampleState, { view: { kind: 'peer', id: people.waiting.id } });
    await user.click(screen.getByRole('button', { name: 'Copy reply' }));
    const text = expect.stringMatching(/Please add me too: rayfish:\/\/add\//) as string;
    expect(bridge.made).toContainEqual({ name: 'copy-text', params: { text } });
    expect(screen.getByText('Reply copied')).toBeVisible();
  });
});

describe('many peers', () => {
  it('are drawn only where they are seen, and found by search', async () => {
    const { user } = await show(withStatus({ peers: people.crowd(500) }));
    const list = screen.getByRole('list', { name: '500 peers' });
    expect(within(list).getAllByRole('button').length).toBeLessThan(60);
    await user.type(screen.getByRole('searchbox'), 'lab-489');
    expect(screen.getByRole('button', { name: /lab-489/ })).toBeVisible();
  });
});

describe('first run', () => {
  it('goes from the service to the name to a friend', async () => {
    const fresh = { ...sampleState, settings: { ...sampleState.settings, welcomed: false } };
    const { bridge, user } = await show({ ...fresh, status: null, link: { kind: 'not-installed' } });
    await user.click(screen.getByRole('button', { name: 'Install the background service' }));
    await user.clear(screen.getByLabelText('Name'));
    await user.type(screen.getByLabelText('Name'), 'kitchen{Enter}');
    expect(bridge.made).toContainEqual({ name: 'set-setting', params: { key: 'name', value: 'kitchen' } });
    expect(screen.getByRole('heading', { name: 'Add a friend' })).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Do this later' }));
    expect(bridge.state.settings.welcomed).toBe(true);
    expect(screen.getByRole('heading', { name: 'On' })).toBeVisible();
  });
});

describe('settings', () => {
  it('are the service’s, saved one at a time, with what a restart is needed for', async () => {
    const { bridge, user } = await show(sampleState, { view: { kind: 'settings' } });
    const relays = await screen.findByLabelText('Relays');
    await user.clear(relays);
    await user.type(relays, 'none{Enter}');
    expect(bridge.made).toContainEqual({ name: 'set-setting', params: { key: 'relay', value: 'none' } });
    expect(screen.getByText(/takes effect when the background service/)).toBeVisible();
    expect(screen.getByLabelText('UDP port')).toBeDisabled();
  });

  it('change the theme at once', async () => {
    const { user } = await show(sampleState, { view: { kind: 'settings' } });
    await user.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset['theme']).toBe('dark');
  });
});

describe('the menu', () => {
  it('offers the pages there are, and no other', async () => {
    const { bridge, user } = await show({ ...sampleState, pages: ['report-problem'] });
    await user.click(screen.getByRole('button', { name: 'More' }));
    expect(screen.queryByRole('menuitem', { name: 'Documentation' })).toBeNull();
    await user.click(screen.getByRole('menuitem', { name: 'Report a problem' }));
    expect(bridge.made).toContainEqual({ name: 'open-page', params: { page: 'report-problem' } });
  });
});

describe('a service that is not ours', () => {
  it('is replaced only after a question, and the focus is back after No', async () => {
    const { bridge, user } = await show({ ...sampleState, link: { kind: 'refused', message: 'Somebody else’s.' } });
    const again = screen.getByRole('button', { name: 'Set it up again…' });
    await user.click(again);
    await user.keyboard('{Escape}');
    expect(again).toHaveFocus();
    expect(bridge.made.map(({ name }) => name)).not.toContain('start-service');
    await user.click(again);
    await user.click(screen.getByRole('button', { name: 'Set it up' }));
    expect(bridge.made.map(({ name }) => name)).toContain('start-service');
  });
});

describe('leaving', () => {
  it('a dialog or a page gives the focus back to what opened it', async () => {
    const { user } = await show(withStatus({ peers: [people.bob] }));
    await user.click(screen.getByRole('button', { name: 'Invite' }));
    await user.keyboard('{Escape}');
    expect(screen.getByRole('button', { name: 'Invite' })).toHaveFocus();
    await user.click(screen.getByRole('button', { name: /Bob’s ThinkPad/ }));
    await user.click(screen.getByRole('button', { name: 'Back' }));
    await waitFor(() => {
      expect(screen.getByRole('button', { name: /Bob’s ThinkPad/ })).toHaveFocus();
    });
  });
});

describe('the report', () => {
  it('is copied without names', async () => {
    const { bridge, user } = await show(sampleState, { view: { kind: 'diagnostics' } });
    await user.click(await screen.findByRole('button', { name: 'Copy report' }));
    const text = JSON.stringify(bridge.made.filter(({ name }) => name === 'copy-text'));
    expect(text).toContain('Electron');
    expect(text).not.toContain('Bob');
    expect(screen.getByText('Report copied')).toBeVisible();
  });
});

describe('what is read out', () => {
  it('is the headline, and the number of requests, not who comes and goes', async () => {
    const { bridge, happen } = await show(sampleState);
    expect(screen.getByText(/3 peers: 2 direct/)).toHaveAttribute('aria-live', 'off');
    expect(screen.getByRole('heading', { name: 'Connected' })).toHaveAttribute('aria-live', 'polite');
    await happen(() => {
      bridge.changeStatus({ requests: [people.carla] });
    });
    expect(screen.getByText('Waiting for your answer: 1')).toHaveAttribute('role', 'status');
  });
});

describe('where the tray leads', () => {
  it.each([
    ['settings', 'Settings'],
    ['diagnostics', 'Diagnostics'],
    ['invite', 'Invite someone'],
  ] as const)('opens %s', async (wantedPage, heading) => {
    const { bridge } = await show({ ...sampleState, wantedPage });
    expect(await screen.findByRole('heading', { name: heading })).toBeVisible();
    expect(bridge.state.wantedPage).toBeNull();
  });
});
