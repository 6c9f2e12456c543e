import { useTranslation } from "react-i18next";

/**
 * The word for a state, kind or class that the graph names, as `prefix.name` in the texts; what a
 * newer server names and we do not know yet is shown as it is.
 */
export function useWord(): (prefix: string, name: string) => string {
  const { t, i18n } = useTranslation();
  return (prefix, name) => {
    const key = `${prefix}.${name}`;
    return i18n.exists(key) ? (t as (key: string) => string)(key) : name;
  };
}
