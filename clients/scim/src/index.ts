export { bindFilter, bindValueFilter } from "./filter/bind-filter.js";
export { matches } from "./filter/evaluate-filter.js";
export { fold, type BoundFilter, type Literal } from "./filter/filter.js";
export { parseFilter } from "./filter/parse-filter.js";
export { canonicalJson, isObject, isSameJson, type Json, type JsonObject } from "./json.js";
export { applyPatch } from "./patch/apply-patch.js";
export { parsePatch, patchUrn, type PatchStep } from "./patch/patch-request.js";
export { orderOf, referencesOf, withIds, withoutOpenMembers } from "./protocol/bulk-references.js";
export {
  bulkBytesMax, bulkOperationsMax, bulkRequestUrn, bulkResponse, parseBulk,
  type BulkOperation, type BulkResult,
} from "./protocol/bulk-request.js";
export { resourceTypesOf, schemas, serviceProviderConfig } from "./protocol/discovery.js";
export {
  checkIfMatch, entityTag, isKnown, parseCondition, type Condition,
} from "./protocol/entity-tag.js";
export {
  pageSizeMax, parseListQuery, parseSearch, searchUrn,
  type ListQuery, type ListTarget, type Paging, type Parameters, type Sort,
} from "./protocol/list-query.js";
export { listResponse, listUrn, type Page } from "./protocol/list-response.js";
export { routeOf, type Route } from "./protocol/route.js";
export { coerce } from "./resource/coerce.js";
export {
  isReturned, parseProjection, project, wholeResource, type Projection,
} from "./resource/project.js";
export { checkResource, toResource, type Resource } from "./resource/to-resource.js";
export { attribute, type ScimAttribute, type ScimAttributeType } from "./schema/attribute.js";
export { enterpriseUserSchema } from "./schema/enterprise-user.js";
export { resolvePath, type AttributePath } from "./schema/path.js";
export { groupType, resourceTypes, userType } from "./schema/resource-types.js";
export { findAttribute, type ScimResourceType, type ScimSchema } from "./schema/schema.js";
export {
  badRequest, errorBody, ScimError, scimTypes, type ErrorBody, type ScimType,
} from "./scim-error.js";
