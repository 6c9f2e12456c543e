import { liquid, subjectLine } from "./templates.js";

export interface RunNews {
  readonly runId: string;
  readonly applicationName: string;
  readonly state: string;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly breaches: readonly {
    readonly class: string;
    readonly n: number;
    readonly limit: number;
    readonly population: number;
  }[];
}

const subject = liquid.parse(
  "{% if state == 'held' %}Held{% else %}Failed{% endif %}: run of {{ applicationName }}",
);

const body = liquid.parse(`A run of {{ applicationName }} {% if state == 'held' -%}
was held by its guard. Nothing was written.
{% for breach in breaches %}
- {{ breach.class }}: {{ breach.n }} of {{ breach.population }}, the limit is {{ breach.limit }}
{%- endfor %}

Release it or discard it; a newer run takes its place.
{%- else -%}
failed{% if code %} with {{ code }}{% endif %}.
{%- if reason %} {{ reason }}{% endif %} What it had not written yet was not written.
{%- endif %}

Run {{ runId }}
`);

/**
 * Subject and text of the mail about a run that was held or failed. Never with attribute values.
 */
export function runMail(news: RunNews): { subject: string; text: string } {
  const scope = { ...news, code: news.code ?? null, reason: news.reason ?? null };
  return {
    subject: subjectLine(String(liquid.renderSync(subject, scope))),
    text: String(liquid.renderSync(body, scope)),
  };
}
