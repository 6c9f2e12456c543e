import type { CatalogueTransaction, TenantId } from "@joinery/kit";

/** Every organisation that has a segment here. */
export async function listTenants(tx: CatalogueTransaction): Promise<TenantId[]> {
  const rows = await tx.query<{ tenant: TenantId }>(
    "select tenant from joinery.tenant order by tenant",
  );
  return rows.map((row) => row.tenant);
}
