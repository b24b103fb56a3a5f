import { useQuery } from "@tanstack/react-query";
import { modelsQuery, toolsQuery } from "../api/queries.ts";
import { Check, Field, FieldSet, Input, NativeSelect } from "../components/ui/field.tsx";

interface ChoiceProps<V> {
  readonly value: V;
  readonly fault: string | undefined;
  readonly onChange: (value: V) => void;
}

export function ModelField({ value, fault, onChange }: ChoiceProps<string | null>) {
  const { data } = useQuery(modelsQuery);
  const models = data?.items ?? [];
  const fallback = models.find(({ isDefault }) => isDefault)?.id;
  const unlisted = value !== null && !models.some(({ id }) => id === value);
  return (
    <Field label="Model" fault={fault} hint="The server offers the models that it has keys for.">
      {(control) => (
        <NativeSelect
          {...control}
          value={value ?? ""}
          onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
        >
          <option value="">
            {fallback === undefined ? "The server's default" : `The server's default (${fallback})`}
          </option>
          {unlisted && <option value={value}>{value}</option>}
          {models.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

export function StepsField({ value, fault, onChange }: ChoiceProps<number>) {
  return (
    <Field
      label="Steps"
      hint="How often it may call the model within one reply, from 1 to 20. Each use of tools takes one."
      fault={fault}
    >
      {(control) => (
        <Input
          {...control}
          type="number"
          min={1}
          max={20}
          className="w-28"
          value={Number.isNaN(value) ? "" : value}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      )}
    </Field>
  );
}

interface ToolsFieldProps {
  readonly chosen: readonly string[];
  readonly fault: string | undefined;
  readonly onChange: (tools: string[]) => void;
}

export function ToolsField({ chosen, fault, onChange }: ToolsFieldProps) {
  const { data } = useQuery(toolsQuery);
  const offered = data?.items ?? [];
  const gone = chosen.filter((name) => data !== undefined && !offered.some((tool) => tool.name === name));
  const tools = [...offered, ...gone.map((name) => ({ name, description: "This server does not have it any more." }))];
  const toggle = (name: string, on: boolean) => onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  if (tools.length === 0) return null;
  return (
    <FieldSet legend="Tools" hint="What it may do besides writing." fault={fault}>
      <div className="grid gap-2 sm:grid-cols-2">
        {tools.map(({ name, description }) => (
          <Check
            key={name}
            label={name}
            hint={description}
            checked={chosen.includes(name)}
            onChange={(event) => toggle(name, event.target.checked)}
          />
        ))}
      </div>
    </FieldSet>
  );
}
