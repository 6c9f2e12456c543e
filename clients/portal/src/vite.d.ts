declare module "*.css" {
  /** Of a module, names of its classes as they stand in the page; of any other file, nothing. */
  const classes: Readonly<Record<string, string>>;
  export { classes as default };
}
declare module "*.svg" {
  const address: string;
  export { address as default };
}
