import type { ApplicationSummaryFragment } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { Status } from "../../parts/status.js";
import { applicationState } from "./application-state.js";

export function ApplicationStatus({ of }: { readonly of: ApplicationSummaryFragment }) {
  const { t } = useTranslation();
  const { name, tone } = applicationState(of);
  return <Status tone={tone}>{t(`applications.states.${name}`)}</Status>;
}
