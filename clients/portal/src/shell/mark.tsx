import mark from "./mark.svg";

/** Beside the name, which says what it is. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return <img src={mark} width={size} height={size} alt="" />;
}
