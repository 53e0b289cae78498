/** The kinds of setting there are: on or off, one of a few, a line of text. */
import { RadioGroup, Switch } from 'radix-ui';
import { useId, type ReactElement } from 'react';
import { Button } from './button.js';
import { Field } from './field.js';
import './setting-lines.css';

interface LineProps {
  label: string;
  hint?: string | undefined;
  disabled?: boolean;
}

export function SwitchLine(props: LineProps & { on: boolean; onChange: (on: boolean) => void }): ReactElement {
  const { label, hint, disabled = false, on, onChange } = props;
  const id = useId();
  return (
    <div className="line">
      <div>
        <label htmlFor={id} className="line-label">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="muted small">
            {hint}
          </p>
        )}
      </div>
      <Switch.Root
        id={id}
        className="switch"
        checked={on}
        disabled={disabled}
        onCheckedChange={onChange}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}

interface ChoiceLineProps<V extends string> extends LineProps {
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
}

export function ChoiceLine<V extends string>(props: ChoiceLineProps<V>): ReactElement {
  const { label, hint, disabled = false, value, options, onChange } = props;
  const id = useId();
  const choose = (chosen: string): void => {
    const option = options.find((candidate) => candidate.value === chosen);
    if (option !== undefined) onChange(option.value);
  };
  return (
    <div className="line" data-choice="true">
      <p id={id} className="line-label">
        {label}
      </p>
      <RadioGroup.Root className="choice" aria-labelledby={id} value={value} disabled={disabled} onValueChange={choose}>
        {options.map((option) => (
          <RadioGroup.Item key={option.value} value={option.value} className="choice-item">
            {option.label}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {hint !== undefined && <p className="muted small">{hint}</p>}
    </div>
  );
}

interface TextLineProps extends LineProps {
  /** What is typed, and what holds now. */
  typed: string;
  current: string;
  fault: string | null;
  onType: (text: string) => void;
  onSave: () => void;
}

export function TextLine({
  label,
  hint,
  disabled = false,
  typed,
  current,
  fault,
  onType,
  onSave,
}: TextLineProps): ReactElement {
  return (
    <form
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <div className="field-with-button">
        <Field
          label={label}
          hint={hint}
          value={typed}
          disabled={disabled}
          fault={fault}
          onChange={(event) => {
            onType(event.target.value);
          }}
        />
        <Button type="submit" disabled={disabled || typed.trim() === current}>
          Save
        </Button>
      </div>
    </form>
  );
}
