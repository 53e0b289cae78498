/** Everybody who waits for an answer. */
import type { ReactElement } from 'react';
import { useApp } from '../store/hooks.js';
import { RequestCard } from './request-card.js';

export function Requests(): ReactElement {
  const requests = useApp().status?.requests ?? [];
  return (
    <>
      {/* Their number alone is read out by itself; a whole card would take a minute. */}
      <p className="unseen" role="status">
        {requests.length === 0 ? '' : `Waiting for your answer: ${requests.length}`}
      </p>
      {requests.map((request) => (
        <RequestCard key={request.id} request={request} />
      ))}
    </>
  );
}
