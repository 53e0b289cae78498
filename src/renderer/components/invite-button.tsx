/** "Invite someone": the invite as a picture to scan and as a link to send. */
import { Copy, QrCode } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import { idPhrase } from '../model/id-phrase.js';
import { qrPath } from '../model/qr-path.js';
import { useAppStore } from '../store/app-store.js';
import { call, copy } from '../store/bridge.js';
import { useApp, useMayChange } from '../store/hooks.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Fault } from './fault.js';
import './invite-button.css';

export function InviteButton(): ReactElement {
  const [link, setLink] = useState<string | null>(null);
  const open = useAppStore(({ dialog }) => dialog === 'invite');
  const show = useAppStore(({ showDialog }) => showDialog);
  const mayChange = useMayChange();
  const nodeId = useApp().status?.nodeId ?? '';
  useEffect(() => {
    // The tray opens this dialog too.
    if (open)
      void call('invite', 'invite', {}).then((answer) => {
        setLink(answer?.link ?? null);
      });
  }, [open]);
  return (
    <>
      <Button
        disabled={!mayChange}
        onClick={() => {
          show('invite');
        }}
      >
        <QrCode size={16} aria-hidden="true" />
        Invite
      </Button>
      <Dialog
        open={open}
        onOpenChange={(next) => {
          show(next ? 'invite' : null);
        }}
        title="Invite someone"
        text="Let them scan this in Rayfish, or send them the link. It opens nothing by itself: you’ll be asked when they want to connect."
      >
        <Fault task="invite" />
        <Qr text={link} />
        {link !== null && (
          <div className="invite-link">
            <p className="mono cut" title={link}>
              {link}
            </p>
            <Button look="primary" onClick={() => void copy(link, 'Invite')}>
              <Copy size={15} aria-hidden="true" />
              Copy
            </Button>
          </div>
        )}
        <p className="muted small">
          They are asked to compare these words: <span className="phrase-words">{idPhrase(nodeId)}</span>
        </p>
      </Dialog>
    </>
  );
}

/** Of one size with and without a text, so that nothing jumps. */
function Qr({ text }: { text: string | null }): ReactElement {
  const code = text === null ? null : qrPath(text);
  return (
    <div className="qr">
      {code !== null && (
        <svg
          viewBox={`0 0 ${code.size} ${code.size}`}
          role="img"
          aria-label="QR code of the invite"
          shapeRendering="crispEdges"
        >
          <path d={code.d} />
        </svg>
      )}
    </div>
  );
}
