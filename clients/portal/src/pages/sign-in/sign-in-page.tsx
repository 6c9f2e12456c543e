import {
  Button, Group, PasswordInput, Select, Stack, Text, TextInput, Title,
} from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { JoineryApiError } from "@joinery/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { openSession, type Credentials } from "../../app/client.js";
import { Notice } from "../../parts/notice.js";
import { Said } from "../../parts/problem.js";
import { Mark } from "../../shell/mark.js";
import { Preferences } from "../../shell/preferences.js";
import { organisationsIn } from "./organisations.js";
import classes from "./sign-in.module.css";

export function SignInPage() {
  const { t } = useTranslation();
  useDocumentTitle(`${t("signIn.title")} · Joinery`);
  return (
    <main id="content" className={classes["place"]}>
      <div className={classes["card"]}>
        <Group justify="space-between" mb="lg">
          <Group gap="xs"><Mark size={28} /><Text fw={650} size="lg">Joinery</Text></Group>
          <Group gap={2}><Preferences /></Group>
        </Group>
        <Title order={1} mb="md">{t("signIn.title")}</Title>
        <SignInForm />
      </div>
    </main>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const [organisation, setOrganisation] = useState<string | null>(null);
  const signIn = useSignIn();
  const organisations = organisationsIn(signIn.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    const chosen = organisation === null ? {} : { organisation };
    signIn.mutate({ email: text("email").trim(), password: text("password"), ...chosen });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {signIn.error && <Refusal error={signIn.error} />}
        <TextInput
          name="email" label={t("signIn.email")} type="email" autoComplete="username" required
          withAsterisk={false}
        />
        <PasswordInput
          name="password" label={t("signIn.password")} autoComplete="current-password" required
          withAsterisk={false}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
        />
        {organisations.length > 0 && (
          <Select
            label={t("signIn.organisation")} data={[...organisations]} size="sm"
            value={organisation} onChange={setOrganisation}
          />
        )}
        <Button type="submit" size="sm" mt="xs" loading={signIn.isPending} fullWidth>
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}

function Refusal({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  const wait = error instanceof JoineryApiError ? error.fields["retryAfterSeconds"] : undefined;
  const isChoice = organisationsIn(error).length > 0;
  return (
    <Notice tone={isChoice ? "idle" : "bad"} isUrgent>
      <Said error={error} />
      {typeof wait === "number" && <> {t("signIn.wait", { count: wait })}</>}
    </Notice>
  );
}

/** Opens a session and goes to where somebody wanted to go. */
function useSignIn() {
  const router = useRouter();
  const queries = useQueryClient();
  const { to } = getRouteApi("/sign-in").useSearch();
  return useMutation({
    mutationFn: (credentials: Credentials) => openSession(credentials),
    onSuccess: async () => {
      queries.clear();
      // Only a path of this portal: an address from elsewhere leads nowhere.
      const isOurs = to !== undefined && /^\/(?![/\\])/.test(to);
      router.history.push(isOurs ? `/portal${to}` : "/portal/");
    },
  });
}
