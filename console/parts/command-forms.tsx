/** Commands other than the light, from the API's own description of their fields: a new model needs no change here. */
import { type FormEvent, useId } from "react";
import type { AssetView } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import { nameInWords } from "../words/command.ts";

type Form = AssetView["commands"][number];
type Field = Form["fields"][number];
type Fields = Record<string, number | string | boolean>;

interface CommandFormsProps {
  readonly forms: readonly Form[];
  readonly disabled: boolean;
  readonly onSend: (name: string, fields: Fields) => void;
}

export function CommandForms({ forms, disabled, onSend }: CommandFormsProps) {
  const words = useWords();
  const simple = forms.filter(({ fields }) => fields.length === 0);
  const asking = forms.filter(({ fields }) => fields.length > 0);
  return (
    <>
      {simple.map(({ name }) => (
        <button key={name} type="button" className="button wide" disabled={disabled} onClick={() => onSend(name, {})}>
          {nameInWords(name, words)}
        </button>
      ))}
      {asking.map((form) => (
        <details key={form.name} className="command-form">
          <summary>{nameInWords(form.name, words)}</summary>
          <Asking form={form} disabled={disabled} onSend={onSend} />
        </details>
      ))}
    </>
  );
}

function Asking({ form, disabled, onSend }: { form: Form } & Omit<CommandFormsProps, "forms">) {
  const { say } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSend(form.name, read(form, new FormData(event.currentTarget)));
  };
  return (
    <form onSubmit={submit}>
      {form.fields.map((field) => (
        <FieldInput key={field.name} field={field} />
      ))}
      <button type="submit" className="button" disabled={disabled}>
        {say("command.send")}
      </button>
    </form>
  );
}

function read({ fields }: Form, data: FormData): Fields {
  const result: Fields = {};
  for (const { name, type } of fields) {
    const value = data.get(name);
    if (type === "switch") result[name] = value === "on";
    else if (typeof value === "string") result[name] = type === "number" ? Number(value) : value;
  }
  return result;
}

function FieldInput({ field }: { field: Field }) {
  const id = useId();
  const unit = field.unit === undefined || field.unit === "1" ? "" : ` (${field.unit})`;
  return (
    <p className="field">
      <label htmlFor={id}>{`${field.name}${unit}`}</label>
      {field.type === "choice" ? (
        <select id={id} name={field.name}>
          {(field.choices ?? []).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : field.type === "switch" ? (
        <input id={id} name={field.name} type="checkbox" />
      ) : field.type === "number" ? (
        <input id={id} name={field.name} type="number" step="any" min={field.min} max={field.max} required />
      ) : (
        <input id={id} name={field.name} type="text" required />
      )}
    </p>
  );
}
