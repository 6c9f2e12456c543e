/**
 * Ordinals of a stage: accounts stand below, members above, so that an import applies members after
 * all its accounts.
 */
export const firstMember = 1_000_000_000;
