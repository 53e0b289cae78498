/** A labelled line of text. */
import { useId, type ComponentProps, type ReactElement, type ReactNode } from 'react';
import './field.css';

type FieldProps = ComponentProps<'input'> & {
  label: string;
  /** Said below while nothing is wrong. */
  hint?: ReactNode;
  fault?: string | null;
};

export function Field({ label, hint, fault = null, ...rest }: FieldProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        className="input"
        spellCheck={false}
        autoComplete="off"
        {...rest}
        id={id}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-note`}
      />
      <p id={`${id}-note`} className={fault === null ? 'muted small' : 'fault'} aria-live="polite">
        {fault ?? hint}
      </p>
    </div>
  );
}
