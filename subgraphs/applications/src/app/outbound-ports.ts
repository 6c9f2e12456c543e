export interface OutboundPort {
  readonly none?: never;
}
