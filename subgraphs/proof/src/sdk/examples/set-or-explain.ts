import { accepted, JoineryApiError, type JoineryClient, setSecretDocument } from "@joinery/sdk";

/** Sets a secret; a refusal is told by its code, anything else is thrown. */
export async function setOrExplain(client: JoineryClient, name: string, value: string) {
  try {
    const { setSecret } = await client.request(setSecretDocument, { input: { name, value } });
    return `set at ${accepted(setSecret).secret?.updatedAt}`;
  } catch (error) {
    if (!(error instanceof JoineryApiError)) throw error;
    switch (error.code) {
      case "SECRET_NAME_INVALID":
        return "choose another name";
      case "UNAUTHENTICATED":
        return "sign in first";
      default:
        throw error;
    }
  }
}
