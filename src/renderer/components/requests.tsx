/** Everybody who waits for an answer. */
import type { ReactElement } from 'react';
import { useApp } from '../store/hooks.js';
import { RequestCard } from './request-card.js';

export function Requests(): ReactElement {
  const { status } = useApp();
  return (
    <>
      {status?.requests.map((request) => (
        <RequestCard key={request.id} request={request} />
      ))}
    </>
  );
}
