import { eachNode, identitiesDocument, JoineryClient } from "@joinery/sdk";

/** Labels of everybody in the vault. */
export async function everybody(url: string, email: string, password: string) {
  const client = new JoineryClient({ url });
  await client.signIn(email, password);
  const labels: string[] = [];
  const all = eachNode(client, identitiesDocument, { first: 500 }, (data) => data.identities);
  for await (const { label } of all) labels.push(label);
  await client.signOut();
  return labels;
}
