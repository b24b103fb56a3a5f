import { useQueryClient } from "@tanstack/react-query";
import { Monitor, Moon, Sun } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { useState } from "react";
import { toast } from "sonner";
import { api, ifMatch } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { meQuery } from "../api/queries.ts";
import { Section } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Field, Input } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { type Theme, themes, useTheme } from "../lib/theme.ts";
import { useSubmit } from "../lib/use-submit.ts";
import { useMe } from "../session.tsx";
import { Sessions } from "./sessions.tsx";

export function YouPage() {
  return (
    <>
      <Profile />
      <Appearance />
      <Sessions />
    </>
  );
}

function Profile() {
  const me = useMe();
  const client = useQueryClient();
  const [name, setName] = useState(me.name);
  const [email, setEmail] = useState(me.email ?? "");
  const { busy, problem, submit } = useSubmit(async () => {
    const body = { name, email: email.trim() === "" ? null : email.trim() };
    try {
      client.setQueryData(
        meQuery.queryKey,
        await answer(api.PATCH("/api/v1/me", { body, headers: ifMatch(me.version) })),
      );
      toast.success("Saved.");
    } finally {
      void client.invalidateQueries({ queryKey: meQuery.queryKey });
    }
  });
  return (
    <Section title="Profile" description="How others in your organizations see you.">
      <Form onSubmit={submit}>
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label="Name" fault={problem?.at("name")}>
            {(control) => (
              <Input {...control} autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          <Field label="E-mail address" optional fault={problem?.at("email")}>
            {(control) => (
              <Input
                {...control}
                type="email"
                autoComplete="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
        </div>
        <FormProblem
          problem={problem}
          conflict="Your profile was changed elsewhere meanwhile. Save again to keep what is here."
        />
        <Button
          type="submit"
          busy={busy}
          className="self-end"
          disabled={name === me.name && email === (me.email ?? "")}
        >
          Save
        </Button>
      </Form>
    </Section>
  );
}

const looks = { system: ["As the system", Monitor], light: ["Light", Sun], dark: ["Dark", Moon] } as const;

function Appearance() {
  const [theme, setTheme] = useTheme();
  return (
    <Section title="Appearance" description="Kept in this browser.">
      <ToggleGroup.Root
        type="single"
        aria-label="Theme"
        value={theme}
        onValueChange={(value) => {
          if (value !== "") setTheme(value as Theme);
        }}
        className="grid max-w-md grid-cols-3 gap-1 rounded-xl bg-muted p-1 dark:bg-background"
      >
        {themes.map((value) => {
          const [text, Icon] = looks[value];
          return (
            <ToggleGroup.Item
              key={value}
              value={value}
              className="flex h-9 items-center justify-center gap-2 rounded-lg px-2 text-sm font-medium text-muted-foreground transition-colors hover:text-foreground data-[state=on]:bg-surface data-[state=on]:text-foreground data-[state=on]:shadow-low dark:data-[state=on]:bg-accent"
            >
              <Icon className="size-4" aria-hidden />
              {text}
            </ToggleGroup.Item>
          );
        })}
      </ToggleGroup.Root>
    </Section>
  );
}
