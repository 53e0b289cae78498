/** A stranger who wants in: who they say they are, how to be sure, and what each answer means. */
import { UserRoundPlus } from 'lucide-react';
import type { ReactElement } from 'react';
import { ago } from '../../shared/quantities.js';
import type { Request } from '../../shared/status.js';
import { claimedWords, groupedId } from '../model/display-name.js';
import { idPhrase } from '../model/id-phrase.js';
import { call } from '../store/bridge.js';
import { useMayChange, useNow, useTask } from '../store/hooks.js';
import { Button } from './button.js';
import { Confirm } from './confirm.js';
import { Fault } from './fault.js';
import './request-card.css';

export function RequestCard({ request }: { request: Request }): ReactElement {
  const { id, name, at } = request;
  const task = `request ${id}`;
  const { running } = useTask(task);
  const blocked = !useMayChange() || running;
  const who = claimedWords(name);
  return (
    <section className="card request" aria-label={`Request: ${who}`}>
      <header className="request-head">
        <span className="request-icon">
          <UserRoundPlus size={18} aria-hidden="true" />
        </span>
        <div className="cut-box">
          <h2 className="anywhere">
            <bdi>{who}</bdi> wants to connect
          </h2>
          <p className="muted small">Asked {ago(at, useNow())}</p>
        </div>
      </header>
      <div className="request-check">
        <p className="small">Only accept if these words are on their screen too:</p>
        <p className="phrase-words">{idPhrase(id)}</p>
        <details>
          <summary className="small">Whole ID</summary>
          <p className="mono grouped">
            {groupedId(id).map((group, index) => (
              <span key={`${group} ${index}`}>{group}</span>
            ))}
          </p>
        </details>
      </div>
      <p className="muted small">
        Accepted, they can reach every port of this device, and you theirs, until you remove them.
      </p>
      <div className="buttons">
        <Button look="primary" disabled={blocked} onClick={() => void call(task, 'accept-request', { peer: id })}>
          Accept
        </Button>
        <Button disabled={blocked} onClick={() => void call(task, 'reject-request', { peer: id })}>
          Reject
        </Button>
        <Confirm
          trigger={
            <Button look="quiet" disabled={blocked}>
              Block…
            </Button>
          }
          title="Block this device?"
          text="You won’t hear from it again. Rejecting instead says no this time only; it could ask again later. You can unblock it in your list of peers."
          action="Block"
          onConfirm={() => void call(task, 'block-peer', { peer: id })}
        />
      </div>
      <Fault task={task} />
    </section>
  );
}
