import { plansEn } from "./plans-en.js";
import { runsEn } from "./runs-en.js";
import { futureEn, schedulesEn } from "./schedules-en.js";
import { identitiesEn } from "./identities-en.js";
import { applicationsEn } from "./applications-en.js";

/** English, and the shape of every other language. */
export const en = {
  actions: {
    again: "Try again",
    cancel: "Cancel",
    signOut: "Sign out",
    more: "Load more",
    close: "Close",
  },
  navigation: {
    skip: "Skip to content",
    menu: "Menu",
    label: "Main",
    account: "Account of {{name}}",
    home: "Home",
    applications: "Applications",
    plans: "Plans",
    runs: "Runs",
    future: "Future",
    identities: "Identities",
  },
  preferences: { light: "Light colours", dark: "Dark colours", language: "Language" },
  roles: { OWNER: "Owner", OPERATOR: "Operator", AUDITOR: "Auditor" },
  states: {
    loading: "Loading",
    failed: "This could not be shown",
    unexpected: "Something unexpected went wrong.",
    request: "Request {{id}}",
    notFound: "There is nothing here",
    notFoundHint: "It may have been removed, or the address is not right.",
    nobody: "nobody",
    yes: "yes",
    no: "no",
  },
  signIn: {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    show: "Show password",
    organisation: "Organisation",
    submit: "Sign in",
    wait_one: "Try again in {{count, number}} second.",
    wait_other: "Try again in {{count, number}} seconds.",
  },
  home: {
    title: "Home",
    people_one: "{{count, number}} person",
    people_other: "{{count, number}} people",
    groups_one: "{{count, number}} group",
    groups_other: "{{count, number}} groups",
    waiting: "Waits for you",
    nothingWaits: "Nothing waits for you.",
    health: "Applications",
    noApplications:
      "No application is connected yet. Connect the first one with “joinery application add”.",
    held: "{{application}}: a run is held",
    failed: "{{application}}: the last run failed",
    quarantined: "{{application}} does not answer and is left alone",
    stopped: "{{application}} is stopped",
    paused: "{{application}} is paused",
    unwatched: "{{application}}: nobody listens for changes",
  },
  applications: applicationsEn,
  plans: plansEn,
  runs: runsEn,
  schedules: schedulesEn,
  future: futureEn,
  identities: identitiesEn,
  codes: {
    NETWORK_FAILED: "Joinery does not answer.",
    REQUEST_TIMED_OUT: "Joinery took too long to answer.",
    ANSWER_UNREADABLE: "The answer is none of Joinery.",
    SERVICE_UNREACHABLE: "A part of Joinery does not answer just now.",
    SIGN_IN_REFUSED: "E-mail address or password is not right.",
    TOO_MANY_ATTEMPTS: "There were too many attempts.",
    ORGANISATION_REQUIRED: "You belong to several organisations: choose one.",
    FORBIDDEN: "Your role does not allow this.",
    INTERNAL: "Something went wrong inside Joinery.",
    RUN_OPEN: "A run of this application is under way.",
    RUN_HELD: "A run of this application is held and waits for a decision.",
    RUN_NOT_HELD: "This run is not held any more.",
    SIGN_OFF: "What would be written, or change in the vault, waits for approval.",
    SIGN_OFF_NEEDED: "What the run would write is approved in its plan.",
    PLAN_MOVED: "The plan is not what you looked at any more: look again.",
    PLAN_EMPTY: "Nothing such waits any more.",
    GUARD_HELD: "More would change than the limits of the guard allow.",
  },
};

/** What another language has to say. */
export type Texts<T = typeof en> = {
  readonly [Name in keyof T]: T[Name] extends string ? string : Texts<T[Name]>;
};
