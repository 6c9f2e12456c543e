import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { de } from "../texts/de.js";
import { en } from "../texts/en.js";

declare module "i18next" {
  interface CustomTypeOptions {
    readonly defaultNS: "portal";
    readonly resources: { readonly portal: typeof en };
  }
}

export const languages = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languages;

const kept = "joinery-language";

/** As chosen here before, else as the browser prefers, else English. */
export async function startTexts(): Promise<void> {
  const wanted = [localStorage.getItem(kept), ...navigator.languages]
    .map((each) => each?.slice(0, 2))
    .find(isLanguage);
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    lng: wanted ?? "en",
    fallbackLng: "en",
    ns: "portal",
    defaultNS: "portal",
    resources: { en: { portal: en }, de: { portal: de } },
    interpolation: { escapeValue: false },
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(kept, language);
  await i18next.changeLanguage(language);
}

export function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && Object.hasOwn(languages, text);
}
