/** How the peer is reached, or why not and what would help. */
import { Send } from 'lucide-react';
import { useState, type ReactElement } from 'react';
import { plainSentence } from '../../shared/plain-text.js';
import { milliseconds } from '../../shared/quantities.js';
import type { PeerStatus } from '../../shared/status.js';
import { idPhrase } from '../model/id-phrase.js';
import { call, copy } from '../store/bridge.js';
import { useApp, useMayChange, useTask } from '../store/hooks.js';
import { Banner } from './banner.js';
import { Button } from './button.js';
import { Fault } from './fault.js';

export function PeerPath({ peer, live }: { peer: PeerStatus; live: boolean }): ReactElement | null {
  if (!live) return null;
  switch (peer.state) {
    case 'connected':
      return <Connected peer={peer} />;
    case 'waiting-for-them':
      return <Waiting />;
    case 'paused':
      return (
        <Banner title="They turned theirs off" calm>
          <p>This goes on by itself when they turn it on again.</p>
        </Banner>
      );
    case 'offline':
      return (
        <Banner title="Not reachable right now" calm>
          <p className="anywhere">{plainSentence(peer.problem ?? 'We’ll connect when it is back.')}</p>
          <p>We keep trying.</p>
        </Banner>
      );
    case 'blocked':
      return <Blocked id={peer.id} />;
    case 'connecting':
    case 'idle':
      return null;
  }
}

function Connected({ peer: { id, path } }: { peer: PeerStatus }): ReactElement {
  const task = `ping ${id}`;
  const { running } = useTask(task);
  const mayChange = useMayChange();
  const [answer, setAnswer] = useState<string | null>(null);
  const ping = async (): Promise<void> => {
    const result = await call(task, 'ping', { peer: id });
    setAnswer(result === null ? null : `Answered in ${milliseconds(result.rttMs)}.`);
  };
  const relayed = path?.kind === 'relay';
  return (
    <section className="card path" aria-label="Path">
      <h2>{relayed ? 'Through a relay' : 'Direct connection'}</h2>
      <Button disabled={running || !mayChange} onClick={() => void ping()}>
        Ping
      </Button>
      <p className="muted small">
        {relayed ? 'Still encrypted, may be slower. We keep looking for a direct way.' : carriedBy(path)}
      </p>
      <p className="small path-words" role="status">
        {answer}
      </p>
      {typeof path?.remote === 'string' && (
        <p className="muted small mono anywhere" title={relayed ? 'The relay' : 'Where the packets go'}>
          {path.remote}
        </p>
      )}
      <Fault task={task} />
    </section>
  );
}

/** How packets travel on a direct path, and why not the faster way. */
function carriedBy(path: PeerStatus['path']): string {
  if (path === null) return 'Nothing in between.';
  return path.carrier === 'fast' ? 'Nothing in between, by the fast path.' : `By QUIC. ${path.carrierReason}`;
}

function Waiting(): ReactElement {
  const ownId = useApp().status?.nodeId ?? '';
  const mayChange = useMayChange();
  const reply = async (): Promise<void> => {
    const invite = await call('reply', 'invite', {});
    if (invite === null) return;
    await copy(`I added you in Rayfish. Please add me too: ${invite.link}`, 'Reply');
  };
  return (
    <Banner
      title="They need to add you too"
      calm
      actions={
        <Button look="primary" disabled={!mayChange} onClick={() => void reply()}>
          <Send size={15} aria-hidden="true" />
          Copy reply
        </Button>
      }
    >
      <p>
        Send them your invite, or ask them to accept your request. Your words, for them to compare:{' '}
        <span className="phrase-words">{idPhrase(ownId)}</span>
      </p>
      <Fault task="reply" />
    </Banner>
  );
}

function Blocked({ id }: { id: string }): ReactElement {
  const mayChange = useMayChange();
  return (
    <Banner
      title="You blocked this device"
      calm
      actions={
        <Button disabled={!mayChange} onClick={() => void call('unblock', 'add-peer', { target: id })}>
          Unblock
        </Button>
      }
    >
      <p>It cannot reach you and you don’t hear from it.</p>
      <Fault task="unblock" />
    </Banner>
  );
}
