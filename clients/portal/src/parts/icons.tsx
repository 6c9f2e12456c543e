/** Drawn on 20 × 20; the text beside an icon says what it means. */
const paths = {
  home: "M3 9.5 10 3.5l7 6M5 8v8h3.5v-4.5h3V16H15V8",
  applications: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 14h5M14 11.5v5",
  runs: "M16.5 10a6.5 6.5 0 1 1-2-4.7M16.5 3v3.5H13",
  identities:
    "M10 10.2a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2M4 16.5c.5-3 2.8-4.3 6-4.3s5.5 1.3 6"
    + " 4.3",
  account: "M10 10.2a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2M4 17c0-6 12-6 12 0",
  future: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M10 6v4l3 2",
  search: "M9 14.5A5.5 5.5 0 1 0 9 3.5a5.5 5.5 0 0 0 0 11M13 13l4 4",
  chevron: "m7.5 5 5 5-5 5",
  sun:
    "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18"
    + "M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 12.2A6.7 6.7 0 0 1 7.8 4a6.5 6.5 0 1 0 8.2 8.2",
  language:
    "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M3.3 10h13.4M10 3c4.3 4 4.3 10 0 14-4.3-4-4.3-10"
    + " 0-14",
  play: "M6.5 4.5v11l9-5.5z",
  stop: "M5 5h10v10H5z",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  alert: "M10 6.5v4.5M10 13.5v.1M10 3 2.5 16.5h15z",
  leave: "M8 3.5H4v13h4M12.5 6.5 16 10l-3.5 3.5M16 10H8",
  link:
    "M8.5 11.5a3 3 0 0 0 4.3 0l2.5-2.5a3 3 0 0 0-4.3-4.3l-.8.8M11.5 8.5a3 3 0 0 0-4.3"
    + " 0L4.7 11a3 3 0 0 0 4.3 4.3l.8-.8",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="portal-icon"
    >
      <path d={paths[name]} />
    </svg>
  );
}
