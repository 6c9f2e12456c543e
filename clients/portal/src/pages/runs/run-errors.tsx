import { Code, Stack, Text } from "@mantine/core";
import type { RunDetailsFragment } from "@joinery/sdk";
import { useFormats } from "../../parts/formats.js";

/** Errors by code, each with some of the objects. */
export function RunErrors({ of: errors }: { readonly of: RunDetailsFragment["errors"] }) {
  const { number } = useFormats();
  return (
    <Stack gap="md">
      {errors.map(({ code, count, samples }) => (
        <div key={code}>
          <Text size="sm" fw={600}>{number(count)} × <Code>{code}</Code></Text>
          {samples.map(({ object, reason }) => (
            <Text key={`${object} ${reason}`} size="sm" className="portal-breaking">
              <bdi className="portal-mono">{object}</bdi> {reason}
            </Text>
          ))}
        </div>
      ))}
    </Stack>
  );
}
