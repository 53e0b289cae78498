/** The one field to add somebody: takes an ID, an invite, or a picture of one; says what it makes of it while one types. */
import { ImageUp } from 'lucide-react';
import {
  useId,
  useRef,
  useState,
  type ChangeEvent,
  type ClipboardEvent,
  type DragEvent,
  type ReactElement,
} from 'react';
import { readAddText, type AddText } from '../model/add-text.js';
import { readQrImage } from '../qr-image.js';
import { useAppStore } from '../store/app-store.js';
import { useApp, useDraft, useMayChange } from '../store/hooks.js';
import { AddFound } from './add-found.js';
import { IconButton } from './button.js';
import './add-field.css';

export function AddField(): ReactElement {
  const { status } = useApp();
  const mayChange = useMayChange();
  const [text, setText] = useDraft('add');
  const [picture, setPicture] = useState<string | null>(null);
  const [dropping, setDropping] = useState(false);
  const read = readAddText(text, { nodeId: status?.nodeId ?? '', peers: status?.peers ?? [] });
  const note = useId();

  const type = (typed: string): void => {
    setPicture(null);
    setText(typed);
  };
  const takeImage = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setPicture('Looking for a QR code in the picture.');
    const found = await readQrImage(file);
    if (found.kind === 'text') type(found.text);
    else setPicture(found.message);
  };
  const paste = (event: ClipboardEvent): void => {
    const image = imageOf(event.clipboardData.files);
    if (image === undefined) return;
    event.preventDefault();
    void takeImage(image);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setDropping(false);
    const dragged = event.dataTransfer.getData('text');
    if (event.dataTransfer.files.length > 0) void takeImage(event.dataTransfer.files[0]);
    else if (dragged !== '') type(dragged);
  };

  return (
    <div
      className="add"
      data-dropping={dropping}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => {
        setDropping(false);
      }}
      onDrop={drop}
    >
      <div className="add-line">
        <input
          id="add-field"
          className="input"
          aria-label="Add somebody: their node ID or an invite"
          aria-describedby={note}
          aria-invalid={read.kind === 'fault'}
          placeholder="Paste a friend’s ID or invite"
          spellCheck={false}
          autoComplete="off"
          disabled={!mayChange && text === ''}
          value={text}
          onChange={(event) => {
            type(event.target.value);
          }}
          onPaste={paste}
        />
        <PictureButton disabled={!mayChange} onPick={(file) => void takeImage(file)} />
      </div>
      <div id={note} aria-live="polite">
        <Note read={read} picture={picture} />
      </div>
      {read.kind === 'peer' && <AddFound found={read} target={text} />}
    </div>
  );
}

function Note({ read, picture }: { read: AddText; picture: string | null }): ReactElement | null {
  const open = useAppStore((store) => store.open);
  if (picture !== null) return <p className="add-note small muted">{picture}</p>;
  if (read.kind === 'fault') return <p className="add-note fault anywhere">{read.message}</p>;
  if (read.kind !== 'known') return null;
  const { id, message } = read;
  return (
    <p className="add-note small anywhere">
      {message}{' '}
      <button
        type="button"
        className="link"
        onClick={() => {
          open({ kind: 'peer', id });
        }}
      >
        Show it
      </button>
    </p>
  );
}

function PictureButton({
  disabled,
  onPick,
}: {
  disabled: boolean;
  onPick: (file: File | undefined) => void;
}): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  const change = (event: ChangeEvent<HTMLInputElement>): void => {
    onPick(event.target.files?.[0]);
    event.target.value = '';
  };
  return (
    <>
      <input ref={input} type="file" accept="image/*" hidden tabIndex={-1} aria-hidden="true" onChange={change} />
      <IconButton label="Use a picture of a QR code" disabled={disabled} onClick={() => input.current?.click()}>
        <ImageUp size={17} aria-hidden="true" />
      </IconButton>
    </>
  );
}

function imageOf(files: FileList): File | undefined {
  return [...files].find(({ type }) => type.startsWith('image/'));
}
