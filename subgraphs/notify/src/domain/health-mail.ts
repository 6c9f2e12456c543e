import { liquid, subjectLine } from "./templates.js";

export interface HealthNews {
  readonly applicationName: string;
  readonly state: "quarantined" | "recovered";
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly failures: number;
  readonly since?: string | undefined;
}

const subject = liquid.parse(
  "{% if state == 'recovered' %}Well again{% else %}In quarantine{% endif %}: " +
    "{{ applicationName }}",
);

const body = liquid.parse(`{% if state == 'recovered' -%}
{{ applicationName }} answers again, and all goes on.
{%- else -%}
{{ applicationName }} failed {{ failures }} times in a row
{%- if since %} since {{ since }}{% endif %}
{%- if code %}, the last time with {{ code }}{% endif %}.
{%- if reason %} {{ reason }}.{% endif %}

It is in quarantine: no run begins by itself and nothing is written to it. Its queue stays. It is
asked from time to time whether it answers, and goes on by itself when it does.
{%- endif %}
`);

/** Subject and text of the mail about an application that is left alone, or is well again. */
export function healthMail(news: HealthNews): { subject: string; text: string } {
  const { code = null, reason = null, since = null } = news;
  const scope = { ...news, code, reason: reason?.replace(/\.$/, "") ?? null, since };
  return {
    subject: subjectLine(String(liquid.renderSync(subject, scope))),
    text: String(liquid.renderSync(body, scope)),
  };
}
